/**
 * Follows the frames of RESP requests and refuses what no peer sends, before a parser sees it.
 *
 * redis-parser believes what is announced: it allocates `*32000000` and gathers a bulk string of
 * any length. This reads the same lengths first and lets through only arrays of 1 to 11 bulk
 * strings that fit into one message. It holds a few numbers and no bytes, and it never looks into a
 * bulk.
 */

const ARRAY = 0x2a; // *
const BULK = 0x24; // $
const CR = 0x0d;
const LF = 0x0a;
const ZERO = 0x30;

/** A heartbeat's: command, stamp and eight parts. */
const ARGUMENTS_MAX = 11;
const DIGITS_MAX = 8;

/** What the next byte must be: a frame's type, a digit of its length, or the end of a line. */
type Expected = "array" | "bulk" | "length" | "line-feed" | "body";

export class FrameGuard {
  #messageBytesMax: number;
  #expected: Expected = "array";
  #isArrayLength = true;
  #length = 0;
  #digits = 0;
  #argumentsLeft = 0;
  #bodyLeft = 0;
  #messageBytes = 0;

  constructor(messageBytesMax: number) {
    this.#messageBytesMax = messageBytesMax;
  }

  /** A peer that has proved itself may send more. */
  raiseTo(messageBytesMax: number): void {
    this.#messageBytesMax = messageBytesMax;
  }

  /** Whether everything up to the end of `chunk` may be parsed. After false it never may again. */
  admits(chunk: Uint8Array): boolean {
    let at = 0;
    while (at < chunk.length) {
      if (this.#expected === "body") {
        const step = Math.min(this.#bodyLeft, chunk.length - at);
        at += step;
        this.#bodyLeft -= step;
        if (this.#bodyLeft === 0) this.#endArgument();
      } else if (!this.#take(chunk[at++] as number)) {
        return false;
      }
    }
    return true;
  }

  #take(byte: number): boolean {
    switch (this.#expected) {
      case "array":
        this.#messageBytes = 0;
        return this.#beginLength(byte === ARRAY, true);
      case "bulk":
        return this.#beginLength(byte === BULK, false);
      case "length":
        return this.#digit(byte);
      default:
        return byte === LF && (this.#isArrayLength ? this.#beginArguments() : this.#beginBody());
    }
  }

  #beginLength(isExpectedType: boolean, isArrayLength: boolean): boolean {
    this.#expected = "length";
    this.#isArrayLength = isArrayLength;
    this.#length = 0;
    this.#digits = 0;
    return isExpectedType;
  }

  #digit(byte: number): boolean {
    if (byte === CR && this.#digits > 0) {
      this.#expected = "line-feed";
      return true;
    }
    this.#length = this.#length * 10 + byte - ZERO;
    return byte >= ZERO && byte <= ZERO + 9 && ++this.#digits <= DIGITS_MAX;
  }

  #beginArguments(): boolean {
    this.#argumentsLeft = this.#length;
    this.#expected = "bulk";
    return this.#length >= 1 && this.#length <= ARGUMENTS_MAX;
  }

  #beginBody(): boolean {
    this.#messageBytes += this.#length;
    // The two bytes that end a bulk are skipped with it: a parser cuts by length, and so do we.
    this.#bodyLeft = this.#length + 2;
    this.#expected = "body";
    return this.#messageBytes <= this.#messageBytesMax;
  }

  #endArgument(): void {
    this.#argumentsLeft--;
    this.#expected = this.#argumentsLeft === 0 ? "array" : "bulk";
  }
}
