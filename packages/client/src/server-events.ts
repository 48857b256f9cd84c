/** Server-sent events out of a stream of bytes. Comments and unknown fields are dropped. */

import { linesOf } from "./lines.js";

export interface ServerEvent {
  /** `message` where the node names none. */
  readonly event: string;
  readonly data: string;
  readonly id: string | null;
}

/** Of one line. A node's events are some hundred bytes. */
const LINE_BYTES_MAX = 1024 * 1024;

export async function* eventsIn(
  stream: AsyncIterable<Buffer>,
): AsyncGenerator<ServerEvent, void, undefined> {
  let fields = new Map<string, string>();
  for await (const bytes of linesOf(stream, LINE_BYTES_MAX)) {
    const line = bytes.toString("utf8").replace(/\r$/, "");
    if (line === "") {
      const data = fields.get("data");
      const event = fields.get("event") ?? "message";
      if (data !== undefined) yield { event, data, id: fields.get("id") ?? null };
      fields = new Map();
      continue;
    }
    const { name, value } = fieldOf(line);
    const before = name === "data" ? fields.get(name) : undefined;
    fields.set(name, before === undefined ? value : `${before}\n${value}`);
  }
}

/** A comment has the empty name, which nobody asks for. */
function fieldOf(line: string): { readonly name: string; readonly value: string } {
  const colon = line.indexOf(":");
  if (colon === -1) return { name: line, value: "" };
  return { name: line.slice(0, colon), value: line.slice(colon + 1).replace(/^ /, "") };
}
