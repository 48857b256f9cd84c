/** `put`, `get` and `delete`: one key each. */

import { createWriteStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import type { ExplainedReading, Explanation, Reading } from "@ringkv/client";
import type { Command } from "commander";
import type { Context } from "../context.js";
import { CommandFailure, EXIT, type ExitCode, UsageError } from "../exit-code.js";
import { printable, printableText, textOf } from "../printable.js";
import type { Keyboard } from "../surroundings.js";
import { bytesText, receiptText } from "../wording.js";
import { type Given, quorum, type Run, required, timeoutMs, ttlSeconds } from "./command-frame.js";

interface WriteFlags {
  readonly w?: number;
  readonly timeout?: number;
  readonly explain?: boolean;
  readonly retryUnknown?: boolean;
}

interface PutFlags extends WriteFlags {
  readonly file?: string;
  readonly type?: string;
  readonly ttl?: number;
}

interface GetFlags {
  readonly r?: number;
  readonly timeout?: number;
  readonly explain?: boolean;
  readonly out?: string;
  readonly raw?: boolean;
}

const RETRY_UNKNOWN =
  "write again when the outcome is unknown; safe if nobody else writes this key meanwhile";

/** More than any node takes. */
const STDIN_BYTES_MAX = 16 * 1024 * 1024;

export function addKeyValue(program: Command, run: Run): void {
  program
    .command("put <key> [value]")
    .description("store a value: the argument, a file, or standard input")
    .option("-f, --file <path>", "the value is in this file")
    .option("-t, --type <type>", "content type; application/json is checked first")
    .option("--ttl <seconds>", "absent after that time", ttlSeconds)
    .option("-w <nodes>", "how many nodes must have it on disk", quorum)
    .option("--timeout <ms>", "how long the node may take", timeoutMs)
    .option("--explain", "say which nodes were asked and what they answered")
    .option("--retry-unknown", RETRY_UNKNOWN)
    .action(run(put));
  program
    .command("get <key>")
    .description("print a value as it is stored")
    .option("-r <nodes>", "how many nodes must answer", quorum)
    .option("--timeout <ms>", "how long the node may take", timeoutMs)
    .option("-o, --out <path>", "write the value into this file")
    .option("--raw", "print any bytes to a terminal, too")
    .option("--explain", "say which nodes were asked and what they answered")
    .action(run(get));
  program
    .command("delete <key>")
    .alias("del")
    .description("delete a key; that it was not there is no failure")
    .option("-w <nodes>", "how many nodes must have it on disk", quorum)
    .option("--timeout <ms>", "how long the node may take", timeoutMs)
    .option("--explain", "say which nodes were asked and what they answered")
    .option("--retry-unknown", RETRY_UNKNOWN)
    .action(run(remove));
}

async function put(context: Context, { args, options }: Given<PutFlags>): Promise<void> {
  const [key, given] = args;
  const value = await valueGiven(context, given, options.file);
  const contentType = options.type ?? (typeof value === "string" ? undefined : guessedType(value));
  if (contentType !== undefined && /^application\/json\b/.test(contentType)) demandJson(value);
  const { ttl, ...flags } = options;
  const receipt = await context
    .client()
    .put(required(key), value, { ...writeOptions(context, flags), contentType, ttlSeconds: ttl });
  const { out } = context;
  if (out.json) return out.jsonLine(receipt);
  await out.line(receiptText(receipt.created ? "stored" : "replaced", receipt));
  if (receipt.explain !== undefined) await explain(context, receipt.explain);
}

async function remove(context: Context, { args, options }: Given<WriteFlags>): Promise<void> {
  const receipt = await context.client().delete(required(args[0]), writeOptions(context, options));
  const { out } = context;
  if (out.json) return out.jsonLine(receipt);
  await out.line(receiptText(receipt.existed ? "deleted" : "was not there:", receipt));
  if (receipt.explain !== undefined) await explain(context, receipt.explain);
}

async function get(
  context: Context,
  { args, options }: Given<GetFlags>,
): Promise<ExitCode | undefined> {
  const key = required(args[0]);
  const { out } = context;
  const readOptions = { r: options.r, timeoutMs: options.timeout, signal: context.signal };
  if (options.explain) {
    const explained = await context.client().explain(key, readOptions);
    return tellExplained(context, explained);
  }
  const reading = await context.client().get(key, readOptions);
  if (reading === null) {
    if (out.json) await out.jsonLine({ key, value: null });
    out.complain(`not found: ${printable(key)}`);
    return EXIT.refused;
  }
  if (options.out !== undefined) await save(reading, options.out);
  else if (out.json) await out.jsonLine(readingJson(reading));
  else await show(context, reading, options.raw ?? false);
  return undefined;
}

function writeOptions(context: Context, { w, timeout, explain, retryUnknown }: WriteFlags) {
  return { w, timeoutMs: timeout, explain, retryUnknown, signal: context.signal };
}

async function valueGiven(
  { surroundings }: Context,
  given: string | undefined,
  file: string | undefined,
): Promise<Uint8Array | string> {
  if (given !== undefined && file !== undefined) {
    throw new UsageError("give the value or --file, not both");
  }
  if (given !== undefined) return given;
  if (file !== undefined && file !== "-") {
    return readFile(file).catch((error: Error) => {
      throw new CommandFailure(`${file} cannot be read: ${error.message}`);
    });
  }
  if (surroundings.stdin.isTTY && file === undefined) {
    throw new UsageError("no value: give it as an argument, with --file, or on standard input");
  }
  return wholeOf(surroundings.stdin);
}

async function wholeOf(stdin: Keyboard): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of stdin) {
    parts.push(part as Buffer);
    length += (part as Buffer).length;
    if (length > STDIN_BYTES_MAX) {
      throw new CommandFailure(`standard input has more than ${bytesText(STDIN_BYTES_MAX)}`);
    }
  }
  return Buffer.concat(parts);
}

/** Text where it is text, so that it can be read again as such. */
function guessedType(bytes: Uint8Array): string {
  const text = textOf(bytes, "text/plain");
  return text === null || text.includes("\u0000")
    ? "application/octet-stream"
    : "text/plain; charset=utf-8";
}

function demandJson(value: Uint8Array | string): void {
  try {
    JSON.parse(typeof value === "string" ? value : Buffer.from(value).toString("utf8"));
  } catch (error) {
    throw new CommandFailure(`the value is no JSON: ${(error as Error).message}`);
  }
}

async function save({ value }: Reading, path: string): Promise<void> {
  await pipeline([value], createWriteStream(path)).catch((error: Error) => {
    throw new CommandFailure(`${path} cannot be written: ${error.message}`);
  });
}

async function show({ out }: Context, reading: Reading, raw: boolean): Promise<void> {
  const { value, contentType } = reading;
  if (!out.isOnScreen || raw) return out.write(value);
  const text = textOf(value, contentType) ?? textOf(value, "text/plain");
  if (text !== null && !text.includes("\u0000")) return out.line(printableText(text));
  throw new CommandFailure(
    `${bytesText(value.length)} of ${contentType}, not text: use --out <path>, a pipe, or --raw`,
  );
}

/** Bytes that are no text as base64, as the nodes' own JSON has them. */
export function readingJson({ value, ...rest }: Reading): object {
  const { contentType, expiresAt, ...known } = rest;
  const text = textOf(value, contentType);
  const isJson = text !== null && /json/i.test(contentType);
  const shown = isJson ? (parsedOr(text) as unknown) : (text ?? value.toString("base64"));
  const encoding = text === null ? { encoding: "base64" } : {};
  return { ...known, contentType, value: shown, ...encoding, ...(expiresAt && { expiresAt }) };
}

function parsedOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function tellExplained(
  context: Context,
  explained: ExplainedReading,
): Promise<ExitCode | undefined> {
  const { out } = context;
  if (out.json) await out.jsonLine(explained);
  else await explain(context, explained.explain);
  return explained.explain.winner === null ? EXIT.refused : undefined;
}

async function explain({ out }: Context, explanation: Explanation): Promise<void> {
  const { partition, walk, asked, why } = explanation;
  await out.line(`partition ${partition}, walk ${walk.join(" > ")}`);
  const columns = [
    { title: "NODE" },
    { title: "ANSWER" },
    { title: "VERSION" },
    { title: "MS", align: "right" },
  ] as const;
  const rows = asked.map(({ node, answer, version, ms }) => {
    return [node, answer, version ?? "-", ms.toFixed(1)];
  });
  await out.table(columns, rows);
  await out.line(why);
}
