/**
 * All records below a prefix, in the order of their keys: the keys from the listing, page by page,
 * each value by itself as the bytes that are stored. A page is the unit that an interruption keeps.
 */

import type { ListItem, ListPage, Reading, RingkvClient } from "@ringkv/client";
import { exportLine } from "./export-line.js";

export interface ExportDeps {
  readonly client: Pick<RingkvClient, "listPage" | "get">;
  readonly prefix: string;
  readonly inFlightMax: number;
  readonly signal: AbortSignal;
}

export interface ExportedPage {
  readonly lines: readonly string[];
  /** Listed, and deleted or expired before its value was read. */
  readonly gone: number;
  /** Where to go on; null at the end. */
  readonly cursor: string | null;
}

const PAGE = 1_000;
/** Values of a megabyte in a page of a thousand would be held all at once. */
const PIECE = 64;

export async function* exportPages(
  deps: ExportDeps,
  from: string | null,
): AsyncGenerator<ExportedPage, void, undefined> {
  const { client, prefix, signal } = deps;
  let cursor = from;
  do {
    const page: ListPage = await client.listPage({ prefix, limit: PAGE, cursor, signal });
    ({ cursor } = page);
    for (let start = 0; start < page.items.length; start += PIECE) {
      const items = page.items.slice(start, start + PIECE);
      const lines = await linesOf(deps, items);
      const isLast = start + PIECE >= page.items.length;
      // In the middle of a page there is no cursor to go on from; the caller keeps the last one.
      if (!isLast) yield { lines, gone: items.length - lines.length, cursor: MIDDLE };
      else yield { lines, gone: items.length - lines.length, cursor };
    }
    if (page.items.length === 0) yield { lines: [], gone: 0, cursor };
  } while (cursor !== null);
}

/** Stands for "no place to go on from". */
export const MIDDLE = "";

async function linesOf(
  { client, inFlightMax, signal }: ExportDeps,
  items: readonly ListItem[],
): Promise<string[]> {
  const readings: (Reading | null)[] = [];
  for (let start = 0; start < items.length; start += inFlightMax) {
    const some = items.slice(start, start + inFlightMax);
    readings.push(...(await Promise.all(some.map(({ key }) => client.get(key, { signal })))));
  }
  return readings.flatMap((reading) => (reading === null ? [] : [exportLine(reading)]));
}
