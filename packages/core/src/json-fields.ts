/**
 * The top-level fields of a JSON object as the client wrote them, byte for byte. Parsing and
 * printing again would alter numbers (9007199254740993, 1e400, -0), repeated names and spaces.
 *
 * It takes text that `JSON.parse` has accepted and looks at nothing but strings, brackets, colons
 * and commas; it validates nothing itself but depth and repetition.
 */

import { InvalidRequest } from "./errors.js";
import { JSON_DEPTH_MAX } from "./limits.js";
import { unitAt } from "./unit-at.js";

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Field name to the text of its value. Throws when a name is repeated or nesting is too deep. */
export function fieldsOf(text: string, depthMax: number = JSON_DEPTH_MAX): Map<string, string> {
  const fields = new Map<string, string>();
  let depth = 0;
  let name: string | null = null;
  let valueAt = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = unitAt(text, at);
    if (unit === QUOTE) {
      const end = endOfString(text, at);
      if (depth === 1) name ??= stringIn(text, at, end);
      at = end;
    } else if (unit === OPEN_BRACE || unit === OPEN_BRACKET) {
      if (++depth > depthMax) throw new InvalidRequest(`deeper than ${depthMax}`);
    } else if (unit === COLON && depth === 1) {
      valueAt = at + 1;
    } else if (depth === 1 && (unit === COMMA || unit === CLOSE_BRACE)) {
      if (name !== null) addField(fields, name, text.slice(valueAt, at).trim());
      name = null;
    }
    if (unit === CLOSE_BRACE || unit === CLOSE_BRACKET) depth--;
  }
  return fields;
}

/** The texts of an array's elements, in order. Its depth has been looked at before. */
export function elementsOf(text: string): string[] {
  const elements: string[] = [];
  let depth = 0;
  let elementAt = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = unitAt(text, at);
    if (unit === QUOTE) {
      at = endOfString(text, at);
    } else if (unit === OPEN_BRACE || unit === OPEN_BRACKET) {
      if (++depth === 1) elementAt = at + 1;
    } else if (unit === COMMA && depth === 1) {
      elements.push(text.slice(elementAt, at).trim());
      elementAt = at + 1;
    } else if (unit === CLOSE_BRACE || unit === CLOSE_BRACKET) {
      depth--;
      // Only an empty array has nothing behind its last comma.
      const last = depth === 0 ? text.slice(elementAt, at).trim() : "";
      if (last !== "") elements.push(last);
    }
  }
  return elements;
}

/** How deep a JSON value is nested: 0 for what is neither an array nor an object. */
export function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = unitAt(text, at);
    if (unit === QUOTE) at = endOfString(text, at);
    else if (unit === OPEN_BRACE || unit === OPEN_BRACKET) deepest = Math.max(deepest, ++depth);
    else if (unit === CLOSE_BRACE || unit === CLOSE_BRACKET) depth--;
  }
  return deepest;
}

/** The string between the quotes at `start` and `end`; most names need no parser. */
function stringIn(text: string, start: number, end: number): string {
  const plain = text.slice(start + 1, end);
  return plain.includes("\\") ? (JSON.parse(text.slice(start, end + 1)) as string) : plain;
}

/** The index of the quote that ends the string which starts at `start`. */
export function endOfString(text: string, start: number): number {
  let end = start;
  for (;;) {
    end = text.indexOf('"', end + 1);
    let backslashes = 0;
    while (unitAt(text, end - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
}

function addField(fields: Map<string, string>, name: string, value: string): void {
  if (fields.has(name)) throw new InvalidRequest(`field given twice: ${name}`);
  fields.set(name, value);
}
