/** `snapshot` and `restore`: a file with every record and its version, out and in. */

import { createReadStream } from "node:fs";
import { open, rename, rm, stat } from "node:fs/promises";
import { PassThrough, type Readable } from "node:stream";
import { checkedLines } from "@ringkv/client";
import type { Command } from "commander";
import type { Context } from "../context.js";
import { CommandFailure, EXIT, type ExitCode, UsageError } from "../exit-code.js";
import { Progress } from "../progress.js";
import { bytesText, countText } from "../wording.js";
import { type Given, type Run, required } from "./command-frame.js";

interface SnapshotFlags {
  readonly out?: string;
  readonly scope: string;
  readonly prefix?: string;
}

interface RestoreFlags {
  readonly mode?: string;
  readonly dryRun?: boolean;
}

const BEGINNING_BYTES = 4_096;

export function addSnapshots(program: Command, run: Run): void {
  program
    .command("snapshot")
    .description("write a snapshot of the cluster as NDJSON, and check that it is whole")
    .option("-o, --out <path>", "into this file; else to standard output")
    .option("--scope <scope>", "cluster, or node: what the node that answers holds", "cluster")
    .option("--prefix <text>", "only keys that begin with it")
    .action(run(snapshot));
  program
    .command("restore <file>")
    .description("bring a snapshot's records back; - is standard input")
    .option("--mode <mode>", "merge: newer records stay; overwrite: a roll-back")
    .option("--dry-run", "only count")
    .action(run(restore));
}

async function snapshot(
  context: Context,
  { options }: Given<SnapshotFlags>,
): Promise<ExitCode | undefined> {
  const { out: path, prefix, scope } = options;
  if (scope !== "cluster" && scope !== "node") throw new UsageError("--scope is cluster or node");
  const { out, signal, surroundings } = context;
  const client = context.client();
  const { stream, answeredBy } = await client.snapshots.stream({ scope, prefix, signal });
  const progress = new Progress("snapshot", { out, clock: surroundings.clock });
  // Beside its place until it is whole: no half of one is ever found under the name.
  const partial = path === undefined ? null : `${path}.part`;
  try {
    const checked = checkedLines(copied(stream, context, partial));
    let records = 0;
    for (;;) {
      const { done, value } = await checked.next();
      if (!done) {
        records++;
        progress.step(() => ({ fraction: null, records }));
        continue;
      }
      if (partial !== null && path !== undefined) await rename(partial, path);
      const { count, sha256 } = value.trailer;
      const result = { file: path ?? null, count, sha256, answeredBy };
      if (out.json && path !== undefined) await out.jsonLine(result);
      else out.note(`${countText(count)} records, whole, SHA-256 ${sha256}`);
      return undefined;
    }
  } catch (error) {
    if (partial !== null) await rm(partial, { force: true });
    if (!signal.aborted) throw error;
    out.complain("interrupted: there is no snapshot");
    return EXIT.interrupted;
  } finally {
    progress.end();
    stream.destroy();
  }
}

/** The bytes, each part written before it is passed on. */
async function* copied(
  stream: AsyncIterable<Buffer>,
  { out }: Context,
  path: string | null,
): AsyncGenerator<Buffer, void, undefined> {
  const file = path === null ? null : await opened(path);
  try {
    for await (const bytes of stream) {
      if (file === null) await out.write(bytes);
      else await file.write(bytes);
      yield bytes;
    }
    await file?.sync();
  } finally {
    await file?.close();
  }
}

function opened(path: string) {
  return open(path, "w").catch((error: Error) => {
    throw new CommandFailure(`${path} cannot be written: ${error.message}`);
  });
}

async function restore(context: Context, { args, options }: Given<RestoreFlags>): Promise<void> {
  const path = required(args[0]);
  const { mode, dryRun } = options;
  if (mode !== undefined && mode !== "merge" && mode !== "overwrite") {
    throw new UsageError("--mode is merge or overwrite");
  }
  const { out, signal, surroundings } = context;
  const { gzip, format, size } = await looksOf(path);
  const progress = new Progress("restore", { out, clock: surroundings.clock });
  let sent = 0;
  const source = () => {
    sent = 0;
    const file = path === "-" ? surroundings.stdin : createReadStream(path);
    return counted(file, (bytes) => {
      sent += bytes;
      const fraction = size === null ? null : sent / Math.max(1, size);
      progress.step(() => ({ fraction, records: null, remark: bytesText(sent) }));
    });
  };
  try {
    const settings = { mode, dryRun, gzip, format, signal } as const;
    const client = context.client();
    // What comes through a pipe comes once, so the node is chosen before the first byte is sent.
    const node = path === "-" ? (await client.cluster.heartbeat({ signal })).answeredBy : null;
    const chosen = node === null ? client : client.at(node);
    const report = await chosen.snapshots.restore(source, settings);
    progress.end();
    const { restored, skippedOlder, total } = report;
    if (out.json) return await out.jsonLine(report);
    await out.line(
      `${dryRun ? "would restore" : "restored"} ${countText(restored)} of ${countText(total)} ` +
        `records; ${countText(skippedOlder)} were older than what is there`,
    );
  } finally {
    progress.end();
  }
}

async function looksOf(path: string) {
  if (path === "-") return { gzip: false, format: "ndjson", size: null } as const;
  try {
    const { size } = await stat(path);
    const file = await open(path);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(BEGINNING_BYTES), 0);
    await file.close();
    const gzip = bytesRead >= 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
    const text = buffer.subarray(0, bytesRead).toString("latin1");
    const isLines = gzip || /^\s*\{[^\n]*"format"[^\n]*\}\s*\n/.test(text);
    const format = isLines && !/\.json(\.gz)?$/i.test(path) ? "ndjson" : "json";
    return { gzip, format, size } as const;
  } catch (error) {
    throw new CommandFailure(`${path} cannot be read: ${(error as Error).message}`);
  }
}

function counted(file: Readable, count: (bytes: number) => void): Readable {
  const through = new PassThrough();
  file.on("data", (bytes: Buffer) => count(bytes.length));
  file.on("error", (error) => through.destroy(error));
  return file.pipe(through);
}
