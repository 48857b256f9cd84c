/**
 * Reads a snapshot as its bytes come, in any pieces: bytes in, records out, in memory that does not
 * grow with the file. Records are given out before the end has been seen, each checked on its own;
 * only `end` says that the whole is what was written.
 */

import { InvalidSnapshot } from "./errors.js";
import { DocumentParts } from "./snapshot-document.js";
import type { Sha256, SnapshotEnd, SnapshotForm, SnapshotHead } from "./snapshot-format.js";
import { LineParts } from "./snapshot-lines.js";
import { Flaw } from "./snapshot-record.js";
import type { PackedRecord } from "./types.js";

export interface SnapshotReaderOptions {
  readonly form: SnapshotForm;
  readonly sha256: Sha256;
  /** A larger value is refused. */
  readonly valueBytesMax: number;
}

/** What both forms are read as. */
export interface SnapshotParts {
  readonly head: SnapshotHead | null;
  /** Throws a `Flaw`. */
  push(bytes: Buffer): PackedRecord[];
  /** Throws a `Flaw` unless everything has come. */
  end(): SnapshotEnd;
  /** Where a flaw is: "line 7". */
  where(): string;
}

export class SnapshotReader {
  readonly #parts: SnapshotParts;
  #records = 0;
  #bytes = 0;

  constructor(options: SnapshotReaderOptions) {
    this.#parts = options.form === "ndjson" ? new LineParts(options) : new DocumentParts(options);
  }

  /** Null until it has come. */
  get head(): SnapshotHead | null {
    return this.#parts.head;
  }

  /** How many records have been given out. */
  get records(): number {
    return this.#records;
  }

  /** How many bytes have come without a flaw. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The records that are complete now. Throws `InvalidSnapshot`. */
  push(bytes: Buffer): PackedRecord[] {
    const records = this.#told(() => this.#parts.push(bytes));
    this.#records += records.length;
    this.#bytes += bytes.length;
    return records;
  }

  /** Nothing more comes. Throws `InvalidSnapshot` unless it was all there, unaltered. */
  end(): SnapshotEnd {
    return this.#told(() => this.#parts.end());
  }

  #told<T>(read: () => T): T {
    try {
      return read();
    } catch (thrown) {
      if (!(thrown instanceof Flaw)) throw thrown;
      const read = { records: this.#records, bytes: this.#bytes };
      throw new InvalidSnapshot(`${this.#parts.where()}: ${thrown.message}`, read);
    }
  }
}
