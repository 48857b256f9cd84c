/** The documents of a file, one after the other, in memory that does not grow with it. */

import { linesOf } from "@ringkv/client";
import { CommandFailure } from "./exit-code.js";
import type { ImportDocument } from "./import-record.js";
import { JsonCutter } from "./json-cutter.js";

export type ImportFormat = "ndjson" | "json";

const LINE_BYTES_MAX = 64 * 1024 * 1024;
const NOT_BLANK = /\S/;

export function documentsIn(
  stream: AsyncIterable<Buffer>,
  format: ImportFormat,
): AsyncGenerator<ImportDocument, void, undefined> {
  return format === "ndjson" ? linesIn(stream) : membersIn(stream);
}

/** Blank lines are no documents. */
async function* linesIn(stream: AsyncIterable<Buffer>) {
  let ordinal = 0;
  for await (const raw of linesOf(stream, LINE_BYTES_MAX)) {
    if (raw.length > 2 || NOT_BLANK.test(raw.toString("latin1"))) {
      yield { raw: trimmed(raw), name: null, ordinal };
      ordinal++;
    }
  }
}

async function* membersIn(stream: AsyncIterable<Buffer>) {
  const cutter = new JsonCutter();
  let ordinal = 0;
  for await (const bytes of stream) {
    for (const { name, raw } of cutter.push(bytes)) yield { raw, name, ordinal: ordinal++ };
  }
  cutter.end();
}

/** By the name, else by the first byte: an array is JSON, and lines begin with an object each. */
export function formatOf(path: string, beginning: Buffer): ImportFormat {
  if (/\.(ndjson|jsonl)$/i.test(path)) return "ndjson";
  const text = beginning.toString("latin1").trimStart();
  if (text === "") return "ndjson";
  if (text.startsWith("[")) return "json";
  if (!text.startsWith("{")) throw new CommandFailure(`${path} is neither JSON nor NDJSON`);
  const [first = "", ...rest] = text.split("\n");
  const document = parsedOrNull(first);
  if (document === null) return "json";
  // One line alone may be either: a record as `export` writes it, or an object full of records.
  return rest.some((line) => NOT_BLANK.test(line)) || "key" in document ? "ndjson" : "json";
}

/** A first line that is a document by itself is one of many. */
function parsedOrNull(line: string): object | null {
  try {
    return JSON.parse(line) as object;
  } catch {
    return null;
  }
}

function trimmed(raw: Buffer): Buffer {
  let end = raw.length;
  while (end > 0 && (raw[end - 1] === 0x0d || raw[end - 1] === 0x20)) end--;
  return raw.subarray(0, end);
}
