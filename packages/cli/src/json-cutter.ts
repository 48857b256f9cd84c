/**
 * Cuts the members of a JSON array or object out of a stream of bytes, each as the bytes that it
 * is: a number that no double holds, a repeated name or a space inside stay as they were. It holds
 * one member at a time.
 *
 * It decides where a member ends, and refuses what cannot be one. Whether the bytes of a member are
 * JSON is for whoever parses them.
 */

import { CommandFailure } from "./exit-code.js";

export interface Member {
  /** The property's name; null in an array. */
  readonly name: string | null;
  readonly raw: Buffer;
}

/** A value of 8 MiB as JSON full of escapes. */
const MEMBER_BYTES_MAX = 64 * 1024 * 1024;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
const SPACES = new Set([0x20, 0x09, 0x0a, 0x0d]);

type Place = "before" | "members" | "after";

export class JsonCutter {
  #place: Place = "before";
  #closing = 0;
  #depth = 0;
  #inString = false;
  #isEscaped = false;
  #parts: Buffer[] = [];
  #length = 0;
  #name: string | null = null;
  #count = 0;
  #afterComma = false;

  /** The members that these bytes complete. Throws when they cannot be JSON. */
  push(bytes: Buffer): Member[] {
    const found: Member[] = [];
    let start = 0;
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at] as number;
      if (this.#place !== "members") {
        this.#outside(byte);
        start = at + 1;
      } else if (this.#inString) {
        if (this.#isEscaped) this.#isEscaped = false;
        else if (byte === BACKSLASH) this.#isEscaped = true;
        else if (byte === QUOTE) this.#inString = false;
      } else if (byte === QUOTE) this.#inString = true;
      else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) this.#depth++;
      else if (this.#depth > 0) {
        if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) this.#depth--;
      } else if (byte === COLON && this.#closing === CLOSE_OBJECT && this.#name === null) {
        this.#name = nameIn(this.#take(bytes.subarray(start, at)));
        start = at + 1;
      } else if (byte === COMMA || byte === this.#closing) {
        this.#end(this.#take(bytes.subarray(start, at)), byte, found);
        start = at + 1;
      } else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) throw odd("a bracket too many");
    }
    this.#keep(bytes.subarray(start));
    return found;
  }

  /** Throws when the text ended before its last bracket. */
  end(): void {
    if (this.#place !== "after") throw odd("it ends before its last bracket");
  }

  #outside(byte: number): void {
    if (SPACES.has(byte)) return;
    const isOpening = byte === OPEN_ARRAY || byte === OPEN_OBJECT;
    if (this.#place === "after" || !isOpening) {
      throw odd(this.#place === "after" ? "bytes behind its end" : "it is no array and no object");
    }
    this.#place = "members";
    this.#closing = byte === OPEN_ARRAY ? CLOSE_ARRAY : CLOSE_OBJECT;
  }

  #end(raw: Buffer, byte: number, found: Member[]): void {
    const isEmpty = raw.length === 0;
    const isLast = byte === this.#closing;
    const isNothing = isEmpty && this.#name === null && isLast && !this.#afterComma;
    if (!isNothing) {
      if (isEmpty) throw odd(`nothing where its member ${this.#count + 1} should be`);
      if (this.#closing === CLOSE_OBJECT && this.#name === null) throw odd("a member has no name");
      found.push({ name: this.#name, raw });
      this.#count++;
    }
    this.#name = null;
    this.#afterComma = !isLast;
    if (isLast) this.#place = "after";
  }

  /** The bytes since the last cut, without the spaces around them. */
  #take(last: Buffer): Buffer {
    const all = this.#parts.length === 0 ? last : Buffer.concat([...this.#parts, last]);
    this.#parts = [];
    this.#length = 0;
    let start = 0;
    let end = all.length;
    while (start < end && SPACES.has(all[start] as number)) start++;
    while (end > start && SPACES.has(all[end - 1] as number)) end--;
    return all.subarray(start, end);
  }

  #keep(rest: Buffer): void {
    if (rest.length === 0) return;
    this.#parts.push(rest);
    this.#length += rest.length;
    if (this.#length > MEMBER_BYTES_MAX)
      throw odd(`a member of more than ${MEMBER_BYTES_MAX} bytes`);
  }
}

/** The members of one whole document. */
export function membersOf(document: Buffer): Member[] {
  const cutter = new JsonCutter();
  const members = cutter.push(document);
  cutter.end();
  return members;
}

function nameIn(raw: Buffer): string {
  try {
    const name: unknown = JSON.parse(raw.toString("utf8"));
    if (typeof name === "string") return name;
  } catch {
    // Said below.
  }
  throw odd("a member's name is no string");
}

function odd(what: string): CommandFailure {
  return new CommandFailure(`this is not the JSON that was announced: ${what}`);
}
