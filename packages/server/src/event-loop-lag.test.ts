import { watchEventLoopLag } from "./event-loop-lag.js";
import { systemClock } from "./system-clock.js";

/** What the load is told, as soon as it is what is wanted; `busyMs` blocks the event loop. */
async function toldUntil(wanted: boolean, busyMs: number): Promise<boolean> {
  const over = new AbortController();
  const told = new Promise<boolean>((resolve) => {
    const adapt = (isLate: boolean) => isLate === wanted && resolve(isLate);
    const deps = { load: { adapt }, clock: systemClock, lagMsMax: 50 };
    void watchEventLoopLag(deps, over.signal);
  });
  const keepBusy = () => {
    if (busyMs === 0 || over.signal.aborted) return;
    const end = performance.now() + busyMs;
    while (performance.now() < end);
    setTimeout(keepBusy);
  };
  keepBusy();
  const isLate = await told;
  over.abort();
  return isLate;
}

it("tells that it is late while turns of the event loop are long", async () => {
  expect(await toldUntil(true, 120)).toBe(true);
});

it("tells that it is not while nothing is to be done", async () => {
  expect(await toldUntil(false, 0)).toBe(false);
});
