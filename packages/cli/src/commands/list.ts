/** `list`: keys in the order of their bytes, as they come. */

import type { ListItem } from "@ringkv/client";
import type { Command } from "commander";
import type { Context } from "../context.js";
import { printable } from "../printable.js";
import { countText, timeText } from "../wording.js";
import { type Given, type Run, wholeNumber } from "./command-frame.js";

interface ListFlags {
  readonly limit?: number;
  readonly long?: boolean;
  readonly values?: boolean;
}

const PAGE = 1_000;
const COUNT_MAX = 1_000_000_000;

export function addList(program: Command, run: Run): void {
  program
    .command("list [prefix]")
    .alias("ls")
    .description("list the keys that begin with the prefix, or all")
    .option("-n, --limit <count>", "at most so many", wholeNumber(1, COUNT_MAX))
    .option("-l, --long", "with versions and times")
    .option("--values", "with the values")
    .action(run(list));
}

async function list(context: Context, { args, options }: Given<ListFlags>): Promise<void> {
  const { out } = context;
  const { limit = COUNT_MAX, long = false, values = false } = options;
  // A person who lists forever would be served by a small page first.
  const pages = context.client({ patienceMs: 2_000 }).list({
    prefix: args[0] ?? "",
    limit: Math.min(limit, values ? PAGE / 10 : PAGE),
    values,
    signal: context.signal,
  });
  let count = 0;
  for await (const item of pages) {
    if (context.signal.aborted) return;
    await (out.json ? out.jsonLine(item) : out.line(lineOf(context, item, { long, values })));
    if (++count >= limit) break;
  }
  if (out.isOnScreen && !out.json) out.note(`${countText(count)} keys`);
}

function lineOf(
  { out }: Context,
  { key, version, value, expiresAt }: ListItem,
  { long, values }: { readonly long: boolean; readonly values: boolean },
): string {
  // A script wants the key as it is; only a line break in it would be another key.
  const name = out.isOnScreen ? printable(key) : key.replaceAll("\n", "\\n");
  const writtenAt = timeText(Number.parseInt(version.slice(0, 12), 16));
  const details = long ? [version, writtenAt, expiresAt ? timeText(expiresAt) : "-"] : [];
  const content = values ? [printable(JSON.stringify(value))] : [];
  return [...details, name, ...content].join(long || values ? "  " : "");
}
