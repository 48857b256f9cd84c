/**
 * Server-sent events out of the text of a stream, however it is cut. The browser's own EventSource
 * cannot send a token, and so cannot be used.
 */

export interface StreamEvent {
  readonly event: string;
  readonly data: string;
}

/** Of what is not complete yet. A history is some hundred kilobytes. */
const TEXT_LENGTH_MAX = 16 * 1_024 * 1_024;

export class EventParser {
  #rest = "";

  /** The events that are complete with this text. Throws when one has no end. */
  push(text: string): StreamEvent[] {
    const parts = (this.#rest + text).split("\n\n");
    this.#rest = parts.pop() ?? "";
    if (this.#rest.length > TEXT_LENGTH_MAX) throw new Error("an event without an end");
    return parts.map(eventIn).filter((it) => it !== null);
  }
}

/** As the nodes write them: a name, and data on one line. Null: a comment. */
function eventIn(text: string): StreamEvent | null {
  let [event, data]: [string, string | null] = ["message", null];
  for (const line of text.split("\n")) {
    if (line.startsWith("event: ")) event = line.slice("event: ".length);
    else if (line.startsWith("data: ")) data = line.slice("data: ".length);
  }
  return data === null ? null : { event, data };
}
