import fc from "fast-check";
import { dueAtMs, HOUR_MS, type Sent, withSent } from "./digest-window.js";

const RULES = { digestMs: 5_000, perHourMax: 4 };
const NOW = 10 * HOUR_MS;

it.each`
  sent                            | due                    | why
  ${[]}                           | ${NOW}                 | ${"nothing was sent: at once"}
  ${[NOW - HOUR_MS]}              | ${NOW}                 | ${"that was an hour ago"}
  ${[NOW - 6_000]}                | ${NOW - 1_000}         | ${"the window has passed: at once"}
  ${[NOW - 1_000]}                | ${NOW + 4_000}         | ${"gathered until the window is over"}
  ${[NOW - 3_000, NOW - 1_000]}   | ${NOW + 4_000}         | ${"half of the hour's messages are quick"}
  ${[NOW - 900, NOW - 900, NOW]}  | ${NOW - 900 + HOUR_MS} | ${"the last one waits for the hour"}
  ${[NOW - 9, NOW - 8, NOW, NOW]} | ${NOW - 9 + HOUR_MS}   | ${"the cap: none before the oldest is forgotten"}
`("after $sent the next is due at $due: $why", ({ sent, due }) => {
  expect(dueAtMs(sent, RULES, NOW)).toBe(due);
});

it("never lets more leave in an hour than the cap, nor two within a window", () => {
  const arrivals = fc.array(fc.integer({ min: 1, max: 600_000 }), { maxLength: 200 });
  fc.assert(
    fc.property(arrivals, fc.integer({ min: 1, max: 30 }), (gaps, perHourMax) => {
      const rules = { digestMs: 5_000, perHourMax };
      const all: number[] = [];
      let sent: Sent = [];
      let nowMs = NOW;
      for (const gap of gaps) {
        nowMs += gap;
        if (dueAtMs(sent, rules, nowMs) > nowMs) continue;
        sent = withSent(sent, nowMs);
        all.push(nowMs);
      }
      for (const [index, atMs] of all.entries()) {
        const later = all[index + perHourMax];
        if (later !== undefined) expect(later - atMs).toBeGreaterThanOrEqual(HOUR_MS);
        const next = all[index + 1];
        if (next !== undefined) expect(next - atMs).toBeGreaterThanOrEqual(rules.digestMs);
      }
    }),
  );
});

it("lets the whole of an hour's cap leave when there is always something to send", () => {
  const rules = { digestMs: 5_000, perHourMax: 60 };
  let sent: Sent = [];
  let count = 0;
  for (let nowMs = NOW; nowMs < NOW + HOUR_MS; nowMs += 1_000) {
    if (dueAtMs(sent, rules, nowMs) > nowMs) continue;
    sent = withSent(sent, nowMs);
    count++;
  }
  expect(count).toBeGreaterThanOrEqual(55);
  expect(count).toBeLessThanOrEqual(60);
});
