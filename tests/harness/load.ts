/**
 * A small load and its book-keeping: what was attempted, what was acknowledged, and therefore which
 * values may be read at the end.
 *
 * Every key has one writer, which waits for each answer before its next attempt, so "the last
 * acknowledged write" is a fact and no matter of opinion.
 */

import { type Cluster, type Door, type NodeName, Refused } from "./cluster.js";

const PAUSE_MS = 5;
/** Of so many writes one is a deletion: those get lost in ways of their own. */
const DELETE_EVERY = 5;

interface Attempt {
  /** Null: a deletion. */
  readonly value: string | null;
  outcome: "acknowledged" | "unknown" | "not-applied";
}

export interface LoadReport {
  readonly acknowledged: number;
  readonly unknown: number;
  readonly refused: number;
}

export interface LoadOptions {
  readonly keys: readonly string[];
  /** Asked in turn; a node that does not answer costs an attempt and no more. */
  readonly via: readonly NodeName[];
  readonly writers?: number;
}

export class Load {
  readonly #cluster: Cluster;
  readonly #options: LoadOptions;
  readonly #attempts = new Map<string, Attempt[]>();
  readonly #writers: Promise<void>[];
  #isOver = false;

  private constructor(cluster: Cluster, options: LoadOptions) {
    this.#cluster = cluster;
    this.#options = options;
    const { keys, writers = 4 } = options;
    this.#writers = Array.from({ length: writers }, (_, writer) =>
      this.#write(keys.filter((_key, index) => index % writers === writer)),
    );
  }

  static start(cluster: Cluster, options: LoadOptions): Load {
    return new Load(cluster, options);
  }

  /** Resolves when this many more writes have been acknowledged. */
  async acknowledges(count: number): Promise<void> {
    const wanted = this.report().acknowledged + count;
    await this.#cluster.waitUntil(`${wanted} writes are acknowledged`, async () => {
      const { acknowledged } = this.report();
      return acknowledged >= wanted ? "" : `${acknowledged} are`;
    });
  }

  async stop(): Promise<LoadReport> {
    this.#isOver = true;
    await Promise.all(this.#writers);
    return this.report();
  }

  report(): LoadReport {
    const all = [...this.#attempts.values()].flat();
    const count = (outcome: Attempt["outcome"]) =>
      all.filter((attempt) => attempt.outcome === outcome).length;
    return {
      acknowledged: count("acknowledged"),
      unknown: count("unknown"),
      refused: count("not-applied"),
    };
  }

  /** Reads every key through every node; returns a sentence for each value that may not be. */
  async findLosses(): Promise<string[]> {
    const losses: string[] = [];
    for (const [key, attempts] of this.#attempts) {
      const allowed = mayBeReadAfter(attempts);
      for (const node of this.#cluster.nodes) {
        const read = (await this.#cluster.at(node).get(key))?.value ?? null;
        if (!allowed.has(read))
          losses.push(`${node} reads ${key} as ${read}, not ${[...allowed].join(" or ")}`);
      }
    }
    return losses;
  }

  async #write(keys: readonly string[]): Promise<void> {
    for (let turn = 0; !this.#isOver; turn++) {
      const key = keys[turn % keys.length];
      const via = this.#options.via[turn % this.#options.via.length];
      if (key === undefined || via === undefined) throw new RangeError("nothing to write");
      const value = turn % DELETE_EVERY === DELETE_EVERY - 1 ? null : `${key}#${turn}`;
      const attempt: Attempt = { value, outcome: "unknown" };
      this.#attempts.set(key, [...(this.#attempts.get(key) ?? []), attempt]);
      attempt.outcome = await outcomeOf(this.#cluster.at(via), key, value);
      await this.#cluster.pass(PAUSE_MS);
    }
  }
}

async function outcomeOf(
  door: Door,
  key: string,
  value: string | null,
): Promise<Attempt["outcome"]> {
  try {
    await (value === null ? door.delete(key) : door.put(key, value));
    return "acknowledged";
  } catch (thrown) {
    if (thrown instanceof Refused) return thrown.outcome;
    throw thrown;
  }
}

/**
 * The last acknowledged write, whatever came after it without a clear refusal, and any attempt
 * whose outcome nobody knows: it may surface later.
 */
function mayBeReadAfter(attempts: readonly Attempt[]): ReadonlySet<string | null> {
  const last = attempts.findLastIndex(({ outcome }) => outcome === "acknowledged");
  const allowed = attempts.filter(
    ({ outcome }, index) => outcome === "unknown" || (index >= last && outcome === "acknowledged"),
  );
  const values = new Set(allowed.map(({ value }) => value));
  if (last === -1) values.add(null);
  return values;
}
