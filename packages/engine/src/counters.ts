/** What a node has done since its start, in numbers for its operator. */

import type { Job } from "./ports/jobs.js";

/** Counted one by one; `CounterValues` says what each of them is. */
const NAMES = [
  "recordsDamaged",
  "digestsRebuilt",
  "recordsPulled",
  "recordsPushed",
  "recordsHandedOff",
  "recordsPurged",
  "writesReached",
  "writesUnreachable",
  "writesUnknown",
  "writesRestamped",
  "readsReached",
  "readsUnreachable",
  "standInsUsed",
  "heartbeatsSent",
  "heartbeatsMissed",
  "leaderChanges",
  "snapshotsTaken",
  "snapshotsFailed",
  "snapshotRecords",
  "restoresDone",
  "restoresFailed",
  "recordsRestored",
] as const satisfies readonly (keyof CounterValues)[];

export type CounterName = (typeof NAMES)[number];

export interface CounterValues {
  /** Damaged records that were mended, or discarded where no intact copy was left. */
  readonly recordsDamaged: number;
  /** Running sums that did not match their records. */
  readonly digestsRebuilt: number;
  /** Records that repair brought here from another owner, and from here to one. */
  readonly recordsPulled: number;
  readonly recordsPushed: number;
  /** Copies held for others that were let go of, after all owners had confirmed them. */
  readonly recordsHandedOff: number;
  /** Tombstones and expired records that were forgotten by all owners, this node the primary. */
  readonly recordsPurged: number;
  /** Writes and deletions that this node coordinated: W nodes had it on disk. */
  readonly writesReached: number;
  /** Too few nodes, or this node's store away; nothing was stored. */
  readonly writesUnreachable: number;
  /** Too few nodes; some may have stored it. */
  readonly writesUnknown: number;
  /** Attempts that lost to a newer version; the next one is stamped above it, up to a limit. */
  readonly writesRestamped: number;
  /** Reads that this node coordinated: R nodes answered, whether there is a value or not. */
  readonly readsReached: number;
  readonly readsUnreachable: number;
  /** Stand-ins that had a write on disk when it was acknowledged. */
  readonly standInsUsed: number;
  readonly heartbeatsSent: number;
  /** Those that were not answered in time, or by a clock that is too far ahead. */
  readonly heartbeatsMissed: number;
  /** How often this node heard of another leader, or became one. */
  readonly leaderChanges: number;
  /** Read to their end, scheduled ones included. */
  readonly snapshotsTaken: number;
  /** Could not be begun, or were not read to their end, for whatever reason. */
  readonly snapshotsFailed: number;
  /** Given out in snapshots. */
  readonly snapshotRecords: number;
  /** Dry runs are in none of these three. */
  readonly restoresDone: number;
  readonly restoresFailed: number;
  /** Stored again, or held already, by restores that failed later too. */
  readonly recordsRestored: number;
  /** Runs of background jobs by kind; one that failed may be tried again. */
  readonly jobsDone: JobCounts;
  readonly jobsFailed: JobCounts;
}

export type JobCounts = Readonly<Record<Job["kind"], number>>;

export class Counters {
  readonly #values: Record<CounterName, number>;
  readonly #jobsDone = noJobs();
  readonly #jobsFailed = noJobs();

  constructor() {
    const zeros = NAMES.map((name) => [name, 0] as const);
    this.#values = Object.fromEntries(zeros) as Record<CounterName, number>;
  }

  add(name: CounterName, count = 1): void {
    this.#values[name] += count;
  }

  /** Counts a run of a job by how it ends, and ends as it does. */
  async job<T>(kind: Job["kind"], run: () => Promise<T>): Promise<T> {
    try {
      const result = await run();
      this.#jobsDone[kind]++;
      return result;
    } catch (thrown) {
      this.#jobsFailed[kind]++;
      throw thrown;
    }
  }

  get values(): CounterValues {
    const jobs = { jobsDone: { ...this.#jobsDone }, jobsFailed: { ...this.#jobsFailed } };
    return { ...this.#values, ...jobs };
  }
}

function noJobs(): Record<Job["kind"], number> {
  return { handoff: 0, repair: 0, "anti-entropy": 0, purge: 0, scrub: 0 };
}
