/** `export`: records into a file of lines or of JSON, which `import` reads again. */

import { once } from "node:events";
import { createWriteStream, type WriteStream } from "node:fs";
import { stat, truncate } from "node:fs/promises";
import type { RingkvClient } from "@ringkv/client";
import type { Command } from "commander";
import { BULK_ANSWER_TIMEOUT_MS, type Context } from "../context.js";
import { CommandFailure, EXIT, type ExitCode, UsageError } from "../exit-code.js";
import { type ExportedPage, exportPages, MIDDLE } from "../export-run.js";
import { Progress } from "../progress.js";
import { ResumeFile } from "../resume-file.js";
import { countText } from "../wording.js";
import { type Given, type Run, wholeNumber } from "./command-frame.js";

interface ExportFlags {
  readonly out?: string;
  readonly format: string;
  readonly resume?: boolean;
  readonly concurrency: number;
  readonly patience: number;
}

interface SavedPlace {
  readonly cursor: string | null;
  /** The file's length when the cursor was taken; what is behind it is written again. */
  readonly bytes: number;
  readonly count: number;
  readonly prefix: string;
  readonly format: string;
}

const START = { cursor: null, bytes: 0, count: 0 };

export function addExport(program: Command, run: Run): void {
  program
    .command("export [prefix]")
    .description("write the records whose keys begin with the prefix, or all, as NDJSON or JSON")
    .option("-o, --out <path>", "into this file; else to standard output")
    .option("--format <format>", "ndjson or json", "ndjson")
    .option("--resume", "go on where an earlier export into this file was interrupted")
    .option("--concurrency <n>", "so many reads at once", wholeNumber(1, 512), 16)
    .option("--patience <seconds>", "how long to wait for nodes", wholeNumber(0, 3_600), 30)
    .action(run(exportRecords));
}

async function exportRecords(context: Context, given: Given<ExportFlags>): Promise<ExitCode> {
  const { options } = given;
  const prefix = given.args[0] ?? "";
  const { out: path, format, resume } = options;
  if (format !== "ndjson" && format !== "json") throw new UsageError("--format is ndjson or json");
  if (path === undefined && resume) throw new UsageError("--resume needs --out <path>");
  const saved = path === undefined ? null : new ResumeFile<SavedPlace>(`${path}.ringkv-export`);
  const place = resume
    ? await placeIn({ saved, prefix, format, path })
    : { ...START, prefix, format };
  const client = context.client({
    spread: true,
    patienceMs: options.patience * 1_000,
    answerTimeoutMs: BULK_ANSWER_TIMEOUT_MS,
  });
  const sink = path === undefined ? null : await openSink(path, place.bytes);
  const pages = exportPages(
    { client, prefix, inFlightMax: options.concurrency, signal: context.signal },
    place.cursor,
  );
  const total = prefix === "" ? await totalOf(context, client) : null;
  const run = new ExportRun(context, { sink, saved, place, total });
  return run.run(pages);
}

interface RunDeps {
  readonly sink: WriteStream | null;
  readonly saved: ResumeFile<SavedPlace> | null;
  readonly place: SavedPlace;
  readonly total: number | null;
}

class ExportRun {
  readonly #context: Context;
  readonly #deps: RunDeps;
  #bytes: number;
  #count: number;
  #gone = 0;

  constructor(context: Context, deps: RunDeps) {
    this.#context = context;
    this.#deps = deps;
    this.#bytes = deps.place.bytes;
    this.#count = deps.place.count;
  }

  async run(pages: AsyncIterable<ExportedPage>): Promise<ExitCode> {
    const { out, surroundings, signal } = this.#context;
    const { saved, total } = this.#deps;
    const progress = new Progress("export", { out, clock: surroundings.clock });
    try {
      for await (const page of pages) {
        await this.#write(page);
        if (signal.aborted) break;
        progress.step(() => ({
          fraction: total === null ? null : Math.min(1, this.#count / Math.max(1, total)),
          records: this.#count,
        }));
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      progress.end();
      await this.#close();
    }
    if (signal.aborted) {
      out.complain(`interrupted after ${countText(this.#count)} records`);
      if (saved !== null) out.note("go on with the same command and --resume");
      return EXIT.interrupted;
    }
    await saved?.remove();
    if (this.#gone > 0) out.note(`${countText(this.#gone)} keys went away while they were read`);
    out.note(`${countText(this.#count)} records exported`);
    return EXIT.done;
  }

  async #write({ lines, gone, cursor }: ExportedPage): Promise<void> {
    const { place } = this.#deps;
    const isJson = place.format === "json";
    let text = "";
    for (const line of lines) {
      text += isJson ? `${this.#count === 0 ? "[\n" : ",\n"}${line}` : `${line}\n`;
      this.#count++;
    }
    if (isJson && cursor === null) text += this.#count === 0 ? "[]\n" : "\n]\n";
    this.#gone += gone;
    await this.#send(Buffer.from(text));
    const { saved } = this.#deps;
    if (saved === null || cursor === null || cursor === MIDDLE) return;
    const { prefix, format } = place;
    await saved.write({ cursor, bytes: this.#bytes, count: this.#count, prefix, format });
  }

  async #send(bytes: Buffer): Promise<void> {
    this.#bytes += bytes.length;
    const { sink } = this.#deps;
    if (sink === null) await this.#context.out.write(bytes);
    else if (!sink.write(bytes)) await once(sink, "drain");
  }

  async #close(): Promise<void> {
    const { sink } = this.#deps;
    if (sink === null) return;
    sink.end();
    await once(sink, "close");
  }
}

/** About how many records there are; null when nobody knows. Deletions are counted, too. */
async function totalOf(context: Context, client: RingkvClient): Promise<number | null> {
  const { signal } = context;
  try {
    const statuses = await Promise.all(
      context.nodes.map((node) => client.at(node).cluster.status({ signal, patienceMs: 0 })),
    );
    const { owners } = await client.cluster.locate("a", { signal, patienceMs: 0 });
    const copies = statuses.reduce((sum, { records }) => sum + records, 0);
    const isWhole = statuses[0]?.members.length === new Set(statuses.map(({ node }) => node)).size;
    return isWhole ? Math.round(copies / owners.length) : null;
  } catch {
    return null;
  }
}

async function openSink(path: string, bytes: number): Promise<WriteStream> {
  if (bytes > 0) await truncate(path, bytes);
  const sink = createWriteStream(path, { flags: bytes > 0 ? "a" : "w" });
  try {
    await once(sink, "open");
    return sink;
  } catch (error) {
    throw new CommandFailure(`${path} cannot be written: ${(error as Error).message}`);
  }
}

async function placeIn(given: {
  readonly saved: ResumeFile<SavedPlace> | null;
  readonly prefix: string;
  readonly format: string;
  readonly path: string | undefined;
}): Promise<SavedPlace> {
  const { saved, prefix, format, path = "" } = given;
  const place = (await saved?.read()) ?? null;
  if (place === null) throw new CommandFailure(`there is no interrupted export into ${path}`);
  if (place.prefix !== prefix || place.format !== format) {
    throw new UsageError("that export had another prefix or format");
  }
  const { size } = await stat(path).catch(() => ({ size: -1 }));
  if (size < place.bytes) throw new CommandFailure(`${path} is shorter than it was: export anew`);
  return place;
}
