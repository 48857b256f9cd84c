/**
 * Case 4: how long a wrong token takes does not tell how far it is right. By Welch's t, on the
 * comparison alone: over a network the difference would be smaller than what the network adds.
 */

import { Access, digestOf, newToken, parseEntries } from "@ringkv/access";

const SAMPLES = 10_000;
/** As in tests for leaks of hardware: below it nothing is there that ten thousand samples show. */
const T_MAX = 4.5;
/** So many comparisons are one sample, or the clock would measure itself. */
const COMPARISONS = 20;
/** The machine does other things, too: the slowest of the samples are its, not ours. */
const KEPT = 0.9;
const ROUNDS = 3;

const right = digestOf(newToken());

function alteredAt(index: number): Buffer {
  const altered = Buffer.from(right);
  altered[index] = (altered[index] ?? 0) ^ 0xff;
  return altered;
}

const wrong = { early: alteredAt(0), late: alteredAt(right.length - 1) };

type Comparison = (digest: Buffer) => unknown;

/** Always the same memory: where bytes lie decides how fast they are read. */
const asked = Buffer.alloc(right.length);

function sampleMs(compare: Comparison, digest: Buffer): number {
  digest.copy(asked);
  const startedAt = performance.now();
  for (let turn = 0; turn < COMPARISONS; turn++) compare(asked);
  return performance.now() - startedAt;
}

/** Which of the two comes next is chance, and both come by the same way. */
function welchT(compare: Comparison): number {
  const samples: Record<keyof typeof wrong, number[]> = { early: [], late: [] };
  for (let sample = 0; sample < 2 * SAMPLES; sample++) {
    const which = Math.random() < 0.5 ? "early" : "late";
    samples[which].push(sampleMs(compare, wrong[which]));
  }
  const [one, other] = [momentsOf(samples.early), momentsOf(samples.late)];
  return Math.abs(one.mean - other.mean) / Math.sqrt(one.error + other.error);
}

function momentsOf(samples: readonly number[]): { mean: number; error: number } {
  const kept = samples.toSorted((a, b) => a - b).slice(0, Math.floor(samples.length * KEPT));
  const mean = kept.reduce((sum, it) => sum + it, 0) / kept.length;
  const variance = kept.reduce((sum, it) => sum + (it - mean) ** 2, 0) / (kept.length - 1);
  return { mean, error: variance / kept.length };
}

/** The least of some rounds: a leak is in each of them, another program's burst in one. */
function leastT(compare: Comparison): number {
  welchT(compare); // Until it is compiled, what is measured is the compiler.
  return Math.min(...Array.from({ length: ROUNDS }, () => welchT(compare)));
}

it("4: a token wrong in its first byte and one wrong in its last take the same time", () => {
  const { entries } = parseEntries(`a:${right.toString("hex")}:read`);
  const access = new Access(entries, { wallMs: () => 0, monotonicMs: () => 0 });
  const [entry] = entries;
  if (entry === undefined) throw new Error("no entry");
  const compare = (digest: Buffer) => access.renew({ ...entry, digest });
  expect(compare(right)).not.toBeNull();
  expect(compare(wrong.late)).toBeNull();
  expect(leastT(compare)).toBeLessThan(T_MAX);
});

it("4, without the guard: a comparison that ends at the first difference tells it", () => {
  const compare = (digest: Buffer) => {
    for (let index = 0; index < right.length; index++)
      if (right[index] !== digest[index]) return false;
    return true;
  };
  expect(leastT(compare)).toBeGreaterThan(T_MAX);
});
