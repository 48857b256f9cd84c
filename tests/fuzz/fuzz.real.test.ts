/**
 * The fuzzing as people run it, for twenty thousand inputs, the same each time: nothing ends,
 * hangs, grows, leaks, or is stored that was refused. `npm run fuzz` tries a million, and others
 * each time.
 */

import { storyOf } from "../../scripts/fuzz/report.mjs";
import { playTarget, sharesOf } from "../../scripts/fuzz/run.mjs";
import { openStage, type Stage } from "../../scripts/fuzz/stage.mjs";
import { TARGETS } from "../../scripts/fuzz/targets.mjs";

const INPUTS = 20_000;
const SEED = 7;
/** On a machine that has nothing else to do all of them take half a minute. */
const TIMEOUT_MS = 180_000;

const { signal } = new AbortController();
const shares = sharesOf(TARGETS, INPUTS);
let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
}, TIMEOUT_MS);

afterAll(() => stage.close(), TIMEOUT_MS);

for (const [index, target] of TARGETS.entries()) {
  const inputs = shares[index] ?? 1;
  it(
    `${target.what}: ${inputs} inputs do no harm`,
    async () => {
      const result = await playTarget({ target, inputs, seed: SEED, stage, signal });
      expect(result.found.map(storyOf)).toEqual([]);
      expect(result.inputs).toBe(inputs);
    },
    TIMEOUT_MS,
  );
}

it("and nothing is stored that no answer has acknowledged", async () => {
  expect(await stage.strangers()).toEqual([]);
});
