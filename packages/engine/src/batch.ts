/**
 * Many operations at once, by one client: not one transaction, but many requests that travel
 * together. Each has a result of its own, and each is what the same request alone would be.
 *
 * Operations on one key are done in their order; all others side by side.
 */

import type { Key } from "@ringkv/core";
import { type ManyRead, ReadMany, type ReadManyDeps } from "./read-many.js";
import { type ManyWritten, WriteMany, type WriteManyDeps } from "./write-many.js";
import type { WriteCommand } from "./write-path.js";

export type BatchOperation =
  | { readonly kind: "read"; readonly key: Key }
  | { readonly kind: "write"; readonly command: WriteCommand };

export interface BatchCommand {
  readonly operations: readonly BatchOperation[];
  /** As of one write or read; null takes the configured numbers. Those of commands are not used. */
  readonly w: number | null;
  readonly r: number | null;
  /** Milliseconds until the caller wants all answers; null takes the configured number. */
  readonly timeoutMs: number | null;
  /** Of values read, all together: reads beyond it fail with `TooLarge`. */
  readonly readBytesMax: number;
}

/** Of a read a `Reading`, of a write a receipt; or why not. */
export type BatchResult = ManyRead | ManyWritten;

export type BatchDeps = Omit<ReadManyDeps, "options"> &
  Omit<WriteManyDeps, "options"> & {
    readonly options: ReadManyDeps["options"] & {
      readonly readQuorum: number;
      readonly writeQuorum: number;
      readonly requestTimeoutMs: number;
    };
  };

export class Batch {
  readonly #deps: BatchDeps;
  readonly #reads: ReadMany;
  readonly #writes: WriteMany;

  constructor(deps: BatchDeps) {
    this.#deps = deps;
    this.#reads = new ReadMany(deps);
    this.#writes = new WriteMany(deps);
  }

  /** One result per operation, in order. Never rejects. */
  async run(command: BatchCommand): Promise<BatchResult[]> {
    const { clock, options } = this.#deps;
    const { operations, timeoutMs } = command;
    const deadlineMs = clock.monotonicMs() + (timeoutMs ?? options.requestTimeoutMs);
    const results: BatchResult[] = [];
    let bytesLeft = command.readBytesMax;
    for (const wave of wavesOf(operations)) {
      const [, bytes] = await Promise.all([
        this.#write(wave, { command, deadlineMs, results }),
        this.#read(wave, { command, deadlineMs, results, bytesLeft }),
      ]);
      bytesLeft -= bytes;
    }
    return results;
  }

  async #write(wave: readonly number[], { command, deadlineMs, results }: Doing): Promise<void> {
    const { operations, w } = command;
    const indexes: number[] = [];
    const commands: WriteCommand[] = [];
    for (const index of wave) {
      const operation = operations[index] as BatchOperation;
      if (operation.kind !== "write") continue;
      indexes.push(index);
      commands.push(operation.command);
    }
    if (commands.length === 0) return;
    const needed = w ?? this.#deps.options.writeQuorum;
    const written = await this.#writes.write({ commands, w: needed, deadlineMs });
    for (let at = 0; at < indexes.length; at++) {
      results[indexes[at] as number] = written[at] as ManyWritten;
    }
  }

  /** Returns how many bytes of values were read. */
  async #read(
    wave: readonly number[],
    { command, deadlineMs, results, bytesLeft }: Doing & { readonly bytesLeft: number },
  ): Promise<number> {
    const { operations, r } = command;
    const indexes: number[] = [];
    const keys: Key[] = [];
    for (const index of wave) {
      const operation = operations[index] as BatchOperation;
      if (operation.kind !== "read") continue;
      indexes.push(index);
      keys.push(operation.key);
    }
    if (keys.length === 0) return 0;
    const needed = r ?? this.#deps.options.readQuorum;
    const ask = { keys, r: needed, deadlineMs, bytesMax: bytesLeft };
    const read = await this.#reads.read(ask);
    let bytes = 0;
    for (let at = 0; at < indexes.length; at++) {
      const result = read[at] as ManyRead;
      results[indexes[at] as number] = result;
      if ("record" in result) bytes += result.record?.value.length ?? 0;
    }
    return bytes;
  }
}

interface Doing {
  readonly command: BatchCommand;
  readonly deadlineMs: number;
  readonly results: BatchResult[];
}

/** Indexes of operations that may be done side by side: the n-th on its key is in the n-th wave. */
function wavesOf(operations: readonly BatchOperation[]): readonly (readonly number[])[] {
  const counts = new Map<Key, number>();
  const waves: number[][] = [];
  for (let index = 0; index < operations.length; index++) {
    const operation = operations[index] as BatchOperation;
    const key = operation.kind === "read" ? operation.key : operation.command.key;
    const place = counts.get(key) ?? 0;
    counts.set(key, place + 1);
    const wave = waves[place];
    if (wave === undefined) waves.push([index]);
    else wave.push(index);
  }
  return waves;
}
