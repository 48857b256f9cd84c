import type { NodeId } from "@ringkv/core";
import { SimClock } from "./sim-clock.js";
import { SimProcess } from "./sim-process.js";
import { Timeline } from "./sim-timeline.js";

const NODE = "node1" as NodeId;
const never = () => false;

function openClock(offsetMs = 0) {
  const timeline = new Timeline();
  const process = new SimProcess(NODE, timeline);
  const clock = new SimClock(timeline, process, offsetMs);
  const heard: string[] = [];
  const abort = new AbortController();
  const sleep = (ms: number) =>
    void clock.sleep(ms, abort.signal).then(
      () => heard.push(`${ms} at ${timeline.nowMs}`),
      () => heard.push(`${ms} aborted`),
    );
  return { timeline, process, clock, heard, abort, sleep };
}

describe("the timeline", () => {
  it("fires by due time, and what is due together in the order of creation", async () => {
    const timeline = new Timeline();
    const fired: string[] = [];
    for (const [ms, name] of [
      [5, "e"],
      [1, "a"],
      [3, "c"],
      [1, "b"],
      [3, "d"],
      [0, "_"],
    ] as const) {
      timeline.at(ms, () => fired.push(name));
    }
    timeline.cancel(timeline.at(2, () => fired.push("cancelled")));
    await timeline.run(never);
    expect(fired.join("")).toBe("_abcde");
    expect(timeline.nowMs).toBe(5);
  });

  it("lets every promise settle before the next event", async () => {
    const timeline = new Timeline();
    const steps: string[] = [];
    timeline.at(1, () => {
      void (async () => {
        for (let hop = 0; hop < 20; hop++) await Promise.resolve();
        steps.push("settled");
      })();
    });
    timeline.at(1, () => steps.push("next event"));
    await timeline.run(never);
    expect(steps).toEqual(["settled", "next event"]);
  });

  it("stops when it is told to, and passes on what an event throws", async () => {
    const timeline = new Timeline();
    timeline.at(1, () => {});
    timeline.at(2, () => {
      throw new RangeError("a bug");
    });
    await timeline.run(() => timeline.fired === 1);
    expect(timeline.nowMs).toBe(1);
    await expect(timeline.run(never)).rejects.toThrow("a bug");
  });
});

describe("a process and its clock", () => {
  it("has a wall clock of its own and a monotonic clock that starts with it", async () => {
    const { timeline, clock } = openClock(-2_000);
    const other = new SimClock(timeline, new SimProcess(NODE, timeline), 500);
    timeline.at(100, () => {});
    await timeline.run(never);
    expect(other.wallMs() - clock.wallMs()).toBe(2_500);
    expect(clock.monotonicMs()).toBe(100);
    expect(new SimClock(timeline, new SimProcess(NODE, timeline), 0).monotonicMs()).toBe(0);
  });

  it("hears of nothing while it is frozen, and of everything in order when it thaws", async () => {
    const { timeline, process, heard, sleep } = openClock();
    sleep(30);
    sleep(20);
    timeline.at(10, () => process.freeze());
    timeline.at(100, () => process.thaw());
    await timeline.run(never);
    expect(heard).toEqual(["20 at 100", "30 at 100"]);
  });

  it("hears of nothing ever again when it has been killed", async () => {
    const { timeline, process, heard, sleep } = openClock();
    sleep(20);
    timeline.at(5, () => process.freeze());
    timeline.at(25, () => process.kill());
    timeline.at(30, () => process.thaw());
    await timeline.run(never);
    expect(heard).toEqual([]);
  });

  it("wakes at once, with a rejection, who sleeps when the signal aborts", async () => {
    const { timeline, heard, sleep, abort } = openClock();
    sleep(20);
    sleep(1_000);
    timeline.at(50, () => abort.abort());
    await timeline.run(never);
    expect(heard).toEqual(["20 at 20", "1000 aborted"]);
  });
});
