/** The `ndjson` form, line by line; see snapshot-format.ts. A line must end to be one. */

import { utf8Of } from "./content-kind.js";
import { SNAPSHOT_FRAME_BYTES_MAX } from "./limits.js";
import type { Sha256, SnapshotEnd, SnapshotHead } from "./snapshot-format.js";
import { headIn, isEndLine, lineEndIn } from "./snapshot-frame.js";
import type { SnapshotParts, SnapshotReaderOptions } from "./snapshot-reader.js";
import { Flaw, recordIn } from "./snapshot-record.js";
import type { PackedRecord } from "./types.js";

const LINE_FEED = 0x0a;

/** What a value of so many bytes may need at most in JSON as it is written here, and its record. */
export function recordBytesMax(valueBytesMax: number): number {
  return 3 * valueBytesMax + SNAPSHOT_FRAME_BYTES_MAX;
}

export class LineParts implements SnapshotParts {
  readonly #sha256: Sha256;
  readonly #limits: { readonly valueBytesMax: number };
  readonly #lineBytesMax: number;
  /** The beginning of a line whose end has not come yet. */
  #begun: Buffer[] = [];
  #begunBytes = 0;
  #line = 1;
  #count = 0;
  #head: SnapshotHead | null = null;
  #end: SnapshotEnd | null = null;

  constructor({ sha256, valueBytesMax }: SnapshotReaderOptions) {
    this.#sha256 = sha256;
    this.#limits = { valueBytesMax };
    this.#lineBytesMax = recordBytesMax(valueBytesMax);
  }

  get head(): SnapshotHead | null {
    return this.#head;
  }

  where(): string {
    return `line ${this.#line}`;
  }

  push(bytes: Buffer): PackedRecord[] {
    const records: PackedRecord[] = [];
    let from = 0;
    for (;;) {
      const feed = bytes.indexOf(LINE_FEED, from);
      if (feed === -1) break;
      this.#hold(bytes.subarray(from, feed + 1));
      const line = this.#begun.length === 1 ? this.#begun[0] : Buffer.concat(this.#begun);
      this.#begun = [];
      this.#begunBytes = 0;
      this.#take(line as Buffer, records);
      from = feed + 1;
      this.#line++;
    }
    if (from < bytes.length) this.#hold(bytes.subarray(from));
    return records;
  }

  end(): SnapshotEnd {
    if (this.#end === null) throw new Flaw("it ends here, before its trailer: it was cut short");
    return this.#end;
  }

  #hold(part: Buffer): void {
    if (this.#end !== null) throw new Flaw("something follows the trailer");
    this.#begun.push(part);
    this.#begunBytes += part.length;
    const bytesMax = this.#head === null ? SNAPSHOT_FRAME_BYTES_MAX : this.#lineBytesMax;
    if (this.#begunBytes > bytesMax) throw new Flaw(`it has more than ${bytesMax} bytes`);
  }

  #take(line: Buffer, records: PackedRecord[]): void {
    const text = utf8Of(line.subarray(0, line.length - 1));
    if (text === null) throw new Flaw("it is not valid UTF-8");
    if (this.#head === null) this.#head = headIn(text);
    else if (isEndLine(text)) {
      this.#end = lineEndIn(text, this.#count, () => this.#sha256.digest("hex"));
      return;
    } else {
      records.push(recordIn(text, null, this.#limits));
      this.#count++;
    }
    this.#sha256.update(line);
  }
}
