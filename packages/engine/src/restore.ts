/**
 * Restoring: records that somebody has kept, brought back through this node.
 *
 * `merge` gives each record, with its version, to the nodes that a write of it would go to; where
 * a newer one is held, it loses. W distinct nodes must hold each, or a newer one, on disk. A node
 * that recovers counts too: a write's answer says "nothing newer is known", which such a node
 * cannot say, while this one says only that the record is kept. `overwrite` writes each value anew,
 * as a client would, and so rolls keys back; keys that it is not given stay as they are.
 *
 * It ends at the first failure that does not pass, and says how far it got. What is stored then
 * stays: sending everything again is harmless.
 */

import {
  chunksOf,
  type ErrorCode,
  hasValue,
  InvalidSnapshot,
  KvError,
  msOf,
  type Outcome,
  type PackedRecord,
  unpackRecord,
} from "@ringkv/core";
import type { Counters } from "./counters.js";
import { MESSAGE_LIMITS } from "./message-limits.js";
import type { Placement } from "./placement.js";
import type { Clock } from "./ports/clock.js";
import type { VersionClock } from "./version-clock.js";
import type { WriteCommand } from "./write-path.js";

export interface RestoreCommand {
  readonly mode: "merge" | "overwrite";
  /** Stores nothing, and says what would happen. */
  readonly dryRun: boolean;
}

export interface RestoreReport {
  /** Held now, with this version (`merge`), or written anew. */
  readonly restored: number;
  /** A newer version was held (`merge`). */
  readonly skippedOlder: number;
  /** Had expired, so that there is nothing to write anew (`overwrite`). */
  readonly skippedExpired: number;
  readonly total: number;
}

/** In any order and number; to be read once. What it throws ends the restore. */
export type RestoreSource = AsyncIterable<readonly PackedRecord[]>;

export interface RestoreDeps {
  readonly clock: Clock;
  readonly versions: Pick<VersionClock, "isBeyond" | "observe">;
  readonly placement: Pick<Placement, "place" | "compare">;
  readonly write: (command: WriteCommand) => Promise<unknown>;
  /** Throws what a client is told, unless it may be served. */
  readonly admit: () => void;
  readonly signal: AbortSignal;
  readonly counters: Counters;
}

/** What became of a record. */
export type Fate = keyof Omit<RestoreReport, "total">;

/** Messages' worth on their way at once; also what is held in memory. */
const IN_FLIGHT_MAX = 6;
/** Well below what a peer link takes of copies in bulk, so that repairs get through too. */
const IN_FLIGHT_BYTES_MAX = 4 * 1_024 * 1_024;
/** Writes at once: like that many clients. */
const WRITES = { recordsMax: 64, bytesMax: MESSAGE_LIMITS.bytesMax };
/** A write that fails for a reason that may pass is tried again after these pauses. */
const PAUSES_MS = [200, 400, 800, 1_600, 3_200];

/** A failure, and how far the restore got before it. */
export class RestoreFailed extends KvError {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  override readonly outcome: Outcome;
  override readonly cause: KvError;
  readonly report: RestoreReport;

  constructor(cause: KvError, report: RestoreReport, outcome: Outcome) {
    super(cause.message, { cause });
    this.code = cause.code;
    this.retryable = cause.retryable;
    this.outcome = outcome;
    this.cause = cause;
    this.report = report;
  }
}

/** One restore. */
export class Restore {
  readonly #deps: RestoreDeps;
  readonly #command: RestoreCommand;
  readonly #counts = { restored: 0, skippedOlder: 0, skippedExpired: 0 };
  readonly #flights = new Set<Promise<void>>();
  #bytesInFlight = 0;
  #total = 0;
  #hasSent = false;
  #failure: { readonly thrown: unknown } | null = null;

  constructor(deps: RestoreDeps, command: RestoreCommand) {
    this.#deps = deps;
    this.#command = command;
  }

  /**
   * Resolves when everything is stored. Rejects with `RestoreFailed`, or with what the source threw
   * if that is nothing a client is told.
   */
  async run(source: RestoreSource): Promise<RestoreReport> {
    if (this.#command.dryRun) return this.#run(source);
    const { counters } = this.#deps;
    try {
      const report = await this.#run(source);
      counters.add("restoresDone");
      return report;
    } catch (thrown) {
      counters.add("restoresFailed");
      throw thrown;
    } finally {
      counters.add("recordsRestored", this.#counts.restored);
    }
  }

  async #run(source: RestoreSource): Promise<RestoreReport> {
    try {
      for await (const records of source) {
        for (const chunk of this.#chunksOf(records)) await this.#send(chunk);
        if (this.#failure !== null) break;
      }
    } catch (thrown) {
      this.#failure ??= { thrown };
    }
    await Promise.all(this.#flights);
    if (this.#failure === null) return this.#report();
    const { thrown } = this.#failure;
    if (!(thrown instanceof KvError)) throw thrown;
    throw new RestoreFailed(thrown, this.#report(), this.#hasSent ? "unknown" : "not-applied");
  }

  #chunksOf(records: readonly PackedRecord[]) {
    return chunksOf(records, this.#command.mode === "merge" ? MESSAGE_LIMITS : WRITES);
  }

  #report(): RestoreReport {
    return { ...this.#counts, total: this.#total };
  }

  /** Waits until there is room for it, not until it is stored. */
  async #send(chunk: readonly PackedRecord[]): Promise<void> {
    const bytes = chunk.reduce((sum, record) => sum + record.bytes.length, 0);
    const isFull = () =>
      this.#flights.size >= IN_FLIGHT_MAX || this.#bytesInFlight + bytes > IN_FLIGHT_BYTES_MAX;
    while (this.#flights.size > 0 && isFull()) await Promise.race(this.#flights);
    if (this.#failure !== null) return;
    this.#bytesInFlight += bytes;
    const flight = this.#store(chunk)
      .then(
        (fates) => this.#count(fates),
        (thrown: unknown) => {
          this.#failure ??= { thrown };
        },
      )
      .finally(() => {
        this.#bytesInFlight -= bytes;
        this.#flights.delete(flight);
      });
    this.#flights.add(flight);
  }

  #count(fates: readonly Fate[]): void {
    for (const fate of fates) this.#counts[fate]++;
    this.#total += fates.length;
  }

  async #store(chunk: readonly PackedRecord[]): Promise<readonly Fate[]> {
    const { admit, placement } = this.#deps;
    const { mode, dryRun } = this.#command;
    admit();
    if (mode === "merge") this.#followVersions(chunk);
    if (dryRun) return mode === "merge" ? placement.compare(chunk) : this.#foresee(chunk);
    this.#hasSent = true;
    return mode === "merge" ? placement.place(chunk) : this.#overwrite(chunk);
  }

  /** A version from the future could not be overwritten for that long. */
  #followVersions(chunk: readonly PackedRecord[]): void {
    const { versions } = this.#deps;
    const newestMs = Math.max(...chunk.map(({ version }) => msOf(version)));
    if (versions.isBeyond(newestMs)) {
      const when = new Date(newestMs).toISOString();
      throw new InvalidSnapshot(`a version of ${when} lies too far in the future`);
    }
    // What is stamped here from now on is newer. Nobody's clock is heard, only stamps.
    if (!this.#command.dryRun) versions.observe(0, newestMs);
  }

  #foresee(chunk: readonly PackedRecord[]): readonly Fate[] {
    return chunk.map((record) => (this.#isExpired(record) ? "skippedExpired" : "restored"));
  }

  #overwrite(chunk: readonly PackedRecord[]): Promise<readonly Fate[]> {
    return Promise.all(
      chunk.map(async (record): Promise<Fate> => {
        if (this.#isExpired(record)) return "skippedExpired";
        const { key, value, contentType, expiresAtMs } = unpackRecord(record);
        const told = { w: null, timeoutMs: null };
        await this.#patiently(() =>
          this.#deps.write({ key, value, contentType, expiresAtMs, ...told }),
        );
        return "restored";
      }),
    );
  }

  /** A deletion has not expired: it is repeated. */
  #isExpired(record: PackedRecord): boolean {
    const isDeletion = unpackRecord(record).value === null;
    return !isDeletion && !hasValue(record, this.#deps.clock.wallMs());
  }

  async #patiently(write: () => Promise<unknown>): Promise<void> {
    const { clock, signal } = this.#deps;
    for (const pauseMs of PAUSES_MS) {
      try {
        await write();
        return;
      } catch (thrown) {
        if (!(thrown instanceof KvError) || thrown.code !== "quorum_unreachable") throw thrown;
        await clock.sleep(pauseMs, signal);
      }
    }
    await write();
  }
}
