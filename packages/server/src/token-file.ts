/**
 * Keeps the tokens as the file has them: reads it once a second, so that a token that was taken out
 * stops working without a restart.
 *
 * It is read whole and compared, not asked for its time of change: an edit within one tick of that
 * clock, or a link that is moved to another file, would be missed. What cannot be read holds no
 * tokens, and a wrong entry does not hold: what was revoked must not come back by a mistake.
 */

import { open } from "node:fs/promises";
import { type Access, parseEntries } from "@ringkv/access";
import type { Clock, Log } from "@ringkv/engine";

const INTERVAL_MS = 1_000;
/** Far above two hundred entries with the longest prefixes and a comment each. */
export const FILE_BYTES_MAX = 1024 * 1024;

export interface TokenFileDeps {
  readonly path: string;
  readonly access: Pick<Access, "replace">;
  readonly clock: Pick<Clock, "sleep">;
  readonly log: Log;
}

export class TokenFile {
  readonly #deps: TokenFileDeps;
  readonly #closing = new AbortController();
  /** Null: it could not be read. Undefined: nobody has looked. */
  #text: string | null | undefined;

  constructor(deps: TokenFileDeps) {
    this.#deps = deps;
  }

  /** Looks until `close`. Never rejects. */
  async run(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await this.look();
      await this.#deps.clock.sleep(INTERVAL_MS, signal).catch(() => {});
    }
  }

  close(): void {
    this.#closing.abort();
  }

  /** Never rejects. */
  async look(): Promise<void> {
    const { path, access, log } = this.#deps;
    const text = await textOf(path);
    if (text === this.#text) return;
    const isFirst = this.#text === undefined;
    this.#text = text;
    const { entries, problems } = parseEntries(text ?? "");
    access.replace(entries);
    const fields = { path, tokens: entries.length };
    if (text === null) log.error(fields, "the tokens cannot be read: nobody is let in");
    else if (problems.length > 0) log.error({ ...fields, problems }, "tokens that do not hold");
    else if (!isFirst) log.info(fields, "tokens were read again");
  }
}

async function textOf(path: string): Promise<string | null> {
  try {
    const file = await open(path);
    try {
      const { size } = await file.stat();
      return size > FILE_BYTES_MAX ? null : await file.readFile("utf8");
    } finally {
      await file.close();
    }
  } catch {
    return null;
  }
}
