/**
 * Keys and values as a terminal may see them. They are other people's bytes: an escape sequence in
 * one could move the cursor, rename the window or type into the next command.
 */

/** First and last of each range: controls, and marks that turn the direction of the text. */
const UNSAFE: readonly (readonly [first: number, last: number])[] = [
  [0x00, 0x1f],
  [0x7f, 0x9f],
  [0x061c, 0x061c],
  [0x200e, 0x200f],
  [0x202a, 0x202e],
  [0x2066, 0x2069],
];
const TAB = 0x09;
const LINE_FEED = 0x0a;

/** On one line. */
export function printable(text: string): string {
  return escapedWhere(text, isUnsafe);
}

/** Line breaks and tabs stay. */
export function printableText(text: string): string {
  return escapedWhere(text, (code) => code !== TAB && code !== LINE_FEED && isUnsafe(code));
}

/** The text, when the bytes are UTF-8 and a type of text; else null. */
export function textOf(bytes: Uint8Array, contentType: string): string | null {
  if (!/^(text\/|application\/([\w.-]+\+)?json)/i.test(contentType)) return null;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

function isUnsafe(code: number): boolean {
  return UNSAFE.some(([first, last]) => code >= first && code <= last);
}

function escapedWhere(text: string, isBad: (code: number) => boolean): string {
  let result = "";
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (!isBad(code)) continue;
    result += text.slice(start, at) + escaped(code);
    start = at + 1;
  }
  return result + text.slice(start);
}

const NAMES: Readonly<Record<number, string>> = { 9: "\\t", 10: "\\n", 13: "\\r" };

function escaped(code: number): string {
  const digits = code.toString(16);
  const short = digits.length <= 2;
  return NAMES[code] ?? (short ? `\\x${digits.padStart(2, "0")}` : `\\u${digits.padStart(4, "0")}`);
}
