/**
 * The `json` form, cut into its parts while its bytes come; see snapshot-format.ts.
 *
 * The members of `entries` are found by their brackets, strings and commas, and each is parsed on
 * its own, so that values stay as they are written and no more than one member is held.
 */

import { utf8Of } from "./content-kind.js";
import { endOfString } from "./json-fields.js";
import { JSON_DEPTH_MAX, SNAPSHOT_FRAME_BYTES_MAX } from "./limits.js";
import type { Sha256, SnapshotEnd, SnapshotHead } from "./snapshot-format.js";
import { documentEndIn, headIn } from "./snapshot-frame.js";
import { recordBytesMax } from "./snapshot-lines.js";
import type { SnapshotParts, SnapshotReaderOptions } from "./snapshot-reader.js";
import { Flaw, recordIn } from "./snapshot-record.js";
import type { PackedRecord } from "./types.js";

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** How the entries begin. Inside a string a quote would have a backslash before it. */
const ENTRIES = /,\s*"entries"\s*:\s*\{/;
/** How the document ends. */
const SHA256 = /,"sha256":"[0-9a-f]{64}"\}\n$/;

export class DocumentParts implements SnapshotParts {
  readonly #sha256: Sha256;
  readonly #limits: { readonly valueBytesMax: number };
  readonly #memberBytesMax: number;
  #phase: "head" | "entries" | "tail" = "head";
  /** What has come and is not dealt with: the head, a member, the tail. */
  #held: Buffer = Buffer.alloc(0);
  /** Where scanning goes on in `#held`, how deep it is there, and whether inside a string. */
  #at = 0;
  #depth = 0;
  #isInString = false;
  /** A comma has been seen, so that a member must follow. */
  #isOpen = false;
  #count = 0;
  #head: SnapshotHead | null = null;

  constructor({ sha256, valueBytesMax }: SnapshotReaderOptions) {
    this.#sha256 = sha256;
    this.#limits = { valueBytesMax };
    this.#memberBytesMax = recordBytesMax(valueBytesMax);
  }

  get head(): SnapshotHead | null {
    return this.#head;
  }

  where(): string {
    if (this.#phase === "head") return "the beginning";
    return this.#phase === "tail" ? "the end" : `entry ${this.#count + 1}`;
  }

  push(bytes: Buffer): PackedRecord[] {
    const records: PackedRecord[] = [];
    this.#held = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    if (this.#phase === "head") this.#takeHead();
    if (this.#phase === "entries") this.#takeEntries(records);
    const isMember = this.#phase === "entries";
    const bytesMax = isMember ? this.#memberBytesMax : SNAPSHOT_FRAME_BYTES_MAX;
    if (this.#held.length > bytesMax) throw new Flaw(`it has more than ${bytesMax} bytes`);
    return records;
  }

  end(): SnapshotEnd {
    if (this.#phase !== "tail") throw new Flaw("it ends here: it was cut short");
    const text = utf8Of(this.#held) ?? "";
    const end = SHA256.exec(text);
    if (end === null) throw new Flaw("it does not end with a sha256: it was cut short or altered");
    this.#sha256.update(this.#held.subarray(0, Buffer.byteLength(text.slice(0, end.index))));
    if (!text.startsWith(",")) throw new Flaw("a comma must follow the entries");
    return documentEndIn(`{${text.slice(1)}`, this.#count, this.#sha256.digest("hex"));
  }

  #takeHead(): void {
    // A character per byte, so that places are places of bytes, wherever a piece ends.
    const text = this.#held.toString("latin1", 0, SNAPSHOT_FRAME_BYTES_MAX);
    const start = ENTRIES.exec(text);
    if (start === null) return;
    const head = utf8Of(this.#held.subarray(0, start.index));
    if (head === null) throw new Flaw("it is not valid UTF-8");
    this.#head = headIn(`${head}}`);
    this.#phase = "entries";
    this.#consume(start.index + start[0].length);
  }

  #takeEntries(records: PackedRecord[]): void {
    const bytes = this.#held;
    let from = 0;
    let at = this.#at;
    for (; at < bytes.length && this.#phase === "entries"; at++) {
      if (this.#isInString) {
        at = bytes.indexOf(QUOTE, at);
        if (at === -1) at = bytes.length;
        else this.#isInString = isEscaped(bytes, at, from);
        continue;
      }
      const byte = bytes[at];
      if (byte === QUOTE) this.#isInString = true;
      else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) this.#deepen();
      else if (this.#depth > 0) {
        if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) this.#depth--;
      } else if (byte === COMMA || byte === CLOSE_BRACE) {
        this.#takeMember(bytes.subarray(from, at), records, byte === COMMA);
        from = at + 1;
        if (byte === CLOSE_BRACE) this.#phase = "tail";
      }
    }
    this.#at = Math.min(at, bytes.length) - from;
    this.#consume(from);
  }

  #deepen(): void {
    if (++this.#depth > JSON_DEPTH_MAX) throw new Flaw(`deeper than ${JSON_DEPTH_MAX}`);
  }

  #takeMember(bytes: Buffer, records: PackedRecord[], isFollowed: boolean): void {
    if (bytes.length > this.#memberBytesMax) {
      throw new Flaw(`it has more than ${this.#memberBytesMax} bytes`);
    }
    const text = utf8Of(bytes)?.trim();
    if (text === undefined) throw new Flaw("it is not valid UTF-8");
    const isNone = text === "" && !isFollowed && !this.#isOpen;
    this.#isOpen = isFollowed;
    if (isNone) return;
    const [key, object] = memberIn(text);
    records.push(recordIn(object, key, this.#limits));
    this.#count++;
  }

  /** The first bytes of what is held are dealt with; the hash is of all of them, in order. */
  #consume(bytes: number): void {
    this.#sha256.update(this.#held.subarray(0, bytes));
    this.#held = this.#held.subarray(bytes);
  }
}

/** Whether the quote at `at` belongs to the string: an odd number of backslashes precedes it. */
function isEscaped(bytes: Buffer, at: number, from: number): boolean {
  let backslashes = 0;
  while (at - 1 - backslashes >= from && bytes[at - 1 - backslashes] === BACKSLASH) backslashes++;
  return backslashes % 2 === 1;
}

function memberIn(text: string): [key: string, object: string] {
  const end = text.startsWith('"') ? endOfString(text, 0) : -1;
  const rest = text.slice(end + 1).trimStart();
  if (end === -1 || !rest.startsWith(":")) throw new Flaw("it is not a key with its record");
  try {
    return [JSON.parse(text.slice(0, end + 1)) as string, rest.slice(1)];
  } catch {
    throw new Flaw("its key is not valid JSON");
  }
}
