import { FakeLog } from "../test-support/link-fakes.js";
import { OccasionalLog } from "./occasional-log.js";

describe("OccasionalLog", () => {
  let nowMs: number;
  let lines: FakeLog["lines"];
  let log: OccasionalLog;

  beforeEach(() => {
    nowMs = 0;
    const kept = new FakeLog();
    lines = kept.lines;
    log = new OccasionalLog(kept, { monotonicMs: () => nowMs });
  });

  it("writes one line of a kind per interval, and how many it kept back", () => {
    for (let count = 0; count < 3; count++) log.warn("a", { count }, "refused");
    log.warn("b", {}, "refused");
    nowMs = 10_000;
    log.warn("a", { count: 9 }, "refused");
    expect(lines.map(({ fields }) => fields)).toEqual([
      { count: 0 },
      { suppressed: 2 },
      { count: 9 },
    ]);
  });

  it("writes no more than so many lines, however many kinds there are", () => {
    for (let kind = 0; kind < 100; kind++) log.warn(`${kind}`, {}, "refused");
    expect(lines).toHaveLength(20);
  });
});
