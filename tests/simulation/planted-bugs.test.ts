/**
 * The simulator's own test: bugs are planted in the built code, and each must be found by the
 * promise that it breaks, in few seeds. They run on `dist`, which is built first.
 */

import { PLANTED_BUGS } from "./planted-bugs.mjs";
import { build, simulate } from "./worker.js";

const found: string[] = [];

beforeAll(build, 120_000);

afterAll(() => {
  process.stdout.write(`planted bugs, and the seeds it took to find each:\n${found.join("\n")}\n`);
});

it.each(PLANTED_BUGS)(
  "finds $name by $caughtBy within $seedsMax seeds",
  async (bug) => {
    const task = { from: 1, mix: bug.mix ?? "broad" };
    const { tally, failure } = await simulate({ ...task, seeds: bug.seedsMax, plant: bug.name });
    found.push(`  ${bug.name}: ${bug.caughtBy} after ${tally.schedules}`);
    expect(failure?.violation.invariant).toBe(bug.caughtBy);
  },
  180_000,
);

it("refuses to plant a bug in code that has changed", async () => {
  await expect(simulate({ from: 1, seeds: 1, mix: "broad", plant: "no-such-bug" })).rejects.toThrow(
    "no result",
  );
});
