/** `import`: a file of documents into the store, and an exact account of what became of them. */

import { createWriteStream, type WriteStream } from "node:fs";
import { RingkvError } from "@ringkv/client";
import type { Command } from "commander";
import { BULK_ANSWER_TIMEOUT_MS, type Context } from "../context.js";
import { documentsIn } from "../documents.js";
import { CommandFailure, EXIT, type ExitCode, exitCodeOf, UsageError } from "../exit-code.js";
import { type Counts, ImportMarks, type Place, START } from "../import-marks.js";
import { type Reject, runImport } from "../import-run.js";
import { type ImportSource, openSource } from "../import-source.js";
import { printable } from "../printable.js";
import { Progress } from "../progress.js";
import { ResumeFile } from "../resume-file.js";
import { countText, durationText, failureText } from "../wording.js";
import { type Given, quorum, type Run, required, wholeNumber } from "./command-frame.js";

interface ImportFlags {
  readonly format?: string;
  readonly prefix: string;
  readonly keyField?: string;
  readonly numbered?: boolean;
  readonly resume?: boolean;
  readonly rejects?: string;
  readonly concurrency: number;
  readonly patience: number;
  readonly w?: number;
  readonly retryUnknown?: boolean;
}

/** What the resume file holds. */
interface SavedPlace extends Place {
  readonly file: { readonly size: number; readonly mtimeMs: number };
  readonly rules: string;
}

const SAVE_EVERY_MS = 1_000;
/** How long records under way may still take after Ctrl-C. */
const FAREWELL_MS = 5_000;
const REJECTS_SHOWN = 5;

export function addImport(program: Command, run: Run): void {
  program
    .command("import <file>")
    .description("store the documents of a JSON or NDJSON file; - is standard input")
    .option("--format <format>", "ndjson or json; else as the file looks")
    .option("--prefix <text>", "put before every key", "")
    .option("--key-field <name>", "this field is the key, the whole document the value")
    .option("--numbered", "the number of the document is the key")
    .option("--resume", "go on where an earlier import of this file was interrupted")
    .option("--rejects <path>", "write what was not stored into this file, as NDJSON")
    .option("--concurrency <n>", "so many writes at once", wholeNumber(1, 512), 32)
    .option("--patience <seconds>", "how long to wait for nodes", wholeNumber(0, 3_600), 30)
    .option("-w <nodes>", "how many nodes must have a write on disk", quorum)
    .option(
      "--retry-unknown",
      "write again when the outcome is unknown; safe if nobody else writes",
    )
    .addHelpText(
      "after",
      `
Without --key-field and --numbered a document is a line as \`ringkv export\` writes it
({"key":…,"value":…}), or a property of one JSON object: its name is the key.`,
    )
    .action(run(importFile));
}

async function importFile(context: Context, given: Given<ImportFlags>): Promise<ExitCode> {
  const { options } = given;
  const path = required(given.args[0]);
  if (options.keyField !== undefined && options.numbered) {
    throw new UsageError("--key-field and --numbered exclude each other");
  }
  const source = await openSource(context, path, options.format);
  const saved = source.size === null ? null : new ResumeFile<SavedPlace>(`${path}.ringkv-import`);
  if (saved === null && options.resume) throw new UsageError("standard input cannot be resumed");
  const marks = new ImportMarks(await placeIn(context, { saved, source, options }));
  const run = new ImportRun(context, { source, options, marks, saved });
  return run.run();
}

interface RunDeps {
  readonly source: ImportSource;
  readonly options: ImportFlags;
  readonly marks: ImportMarks;
  readonly saved: ResumeFile<SavedPlace> | null;
}

class ImportRun {
  readonly #context: Context;
  readonly #deps: RunDeps;
  readonly #rejects: WriteStream | null;
  readonly #before: number;
  #rejected = 0;
  #saveAtMs: number;
  #saving: Promise<void> = Promise.resolve();

  constructor(context: Context, deps: RunDeps) {
    this.#context = context;
    this.#deps = deps;
    this.#before = tried(deps.marks.counts);
    this.#saveAtMs = context.surroundings.clock.monotonicMs() + SAVE_EVERY_MS;
    const { rejects } = deps.options;
    this.#rejects = rejects === undefined ? null : createWriteStream(rejects);
  }

  async run(): Promise<ExitCode> {
    const { source, options, marks } = this.#deps;
    const { surroundings, signal, out } = this.#context;
    const { clock } = surroundings;
    const progress = new Progress("import", { out, clock });
    const { cut, end } = farewell(signal, () => source.close());
    const startMs = clock.monotonicMs();
    let failure: unknown = null;
    try {
      await runImport(documentsIn(source.stream, source.format), {
        client: this.#context.client({
          spread: true,
          patienceMs: options.patience * 1_000,
          connectionsMax: options.concurrency,
          answerTimeoutMs: BULK_ANSWER_TIMEOUT_MS,
        }),
        marks,
        rules: {
          prefix: options.prefix,
          keyField: options.keyField ?? null,
          numbered: options.numbered ?? false,
          nowMs: clock.wallMs(),
        },
        options: {
          inFlightMax: options.concurrency,
          w: options.w,
          retryUnknown: options.retryUnknown ?? false,
        },
        stopped: signal,
        cut,
        report: (reject) => this.#report(reject),
        settled: () => this.#settled(progress),
      });
    } catch (error) {
      failure = error;
    } finally {
      end();
      progress.end();
      this.#rejects?.end();
    }
    return this.#finish(failure, (clock.monotonicMs() - startMs) / 1_000);
  }

  #report(reject: Reject): void {
    this.#rejects?.write(`${JSON.stringify(reject)}\n`);
    const { out } = this.#context;
    this.#rejected++;
    const { record, key, fate, why } = reject;
    const name = key === null ? "" : ` (${printable(key)})`;
    if (this.#rejected <= REJECTS_SHOWN) {
      out.note(`document ${record}${name} ${fate}: ${printable(why)}`);
    }
    if (this.#rejected === REJECTS_SHOWN) out.note("more of these are counted, and not shown");
  }

  #settled(progress: Progress): Promise<void> | undefined {
    const { marks, source } = this.#deps;
    const { size, bytesRead } = source;
    progress.step(() => {
      const { stored, refused, unknown, skipped } = marks.counts;
      const fraction = size === null ? null : Math.min(1, bytesRead() / Math.max(1, size));
      const remark = refused + unknown === 0 ? "" : `${refused} refused, ${unknown} unknown`;
      return { fraction, records: stored + refused + unknown + skipped, remark };
    });
    const nowMs = this.#context.surroundings.clock.monotonicMs();
    if (nowMs < this.#saveAtMs) return undefined;
    this.#saveAtMs = nowMs + SAVE_EVERY_MS;
    return this.#save();
  }

  /** One after the other: two at once would write into the same new file. */
  #save(): Promise<void> {
    const { saved, marks, source, options } = this.#deps;
    if (saved === null) return Promise.resolve();
    const { size, mtimeMs } = source;
    const file = { size: size ?? 0, mtimeMs };
    this.#saving = this.#saving.then(() =>
      saved.write({ ...marks.place, file, rules: rulesText(options) }),
    );
    return this.#saving;
  }

  async #finish(failure: unknown, seconds: number): Promise<ExitCode> {
    const { marks, saved, source } = this.#deps;
    const { out, signal } = this.#context;
    const { counts } = marks;
    const isWhole = failure === null && !signal.aborted;
    if (isWhole && counts.unknown === 0) await this.#saving.then(() => saved?.remove());
    else await this.#save();
    const result = { file: source.path, ...counts, complete: isWhole, seconds: rounded(seconds) };
    // A pipe that broke takes nothing more; the rest still reads the account, interrupted or not.
    if (out.json) this.#context.surroundings.stdout.write(`${JSON.stringify(result)}\n`);
    else {
      const rate = countText((tried(counts) - this.#before) / Math.max(seconds, 0.001));
      const text = `${countsText(counts)} in ${durationText(seconds)} (${rate}/s)`;
      this.#context.surroundings.stdout.write(`${text}\n`);
    }
    if (!isWhole && saved !== null) out.note("go on with the same command and --resume");
    if (signal.aborted) {
      out.complain("interrupted: everything that is counted is settled");
      return counts.unknown > 0 ? EXIT.unknown : EXIT.interrupted;
    }
    if (failure instanceof RingkvError) {
      out.complain(`stopped: ${failureText(failure)}`);
      return counts.unknown > 0 ? EXIT.unknown : exitCodeOf(failure);
    }
    if (failure !== null) throw failure;
    if (counts.unknown > 0) return EXIT.unknown;
    return counts.refused > 0 ? EXIT.refused : EXIT.done;
  }
}

/** A signal that fires some time after the first one, for what is still under way. */
function farewell(
  stopped: AbortSignal,
  close: () => void,
): { readonly cut: AbortSignal; readonly end: () => void } {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const begin = () => {
    close(); // Standard input may have nothing more to say, and would be waited for.
    timer = setTimeout(() => controller.abort(), FAREWELL_MS);
  };
  if (stopped.aborted) begin();
  else stopped.addEventListener("abort", begin, { once: true });
  const end = () => {
    clearTimeout(timer);
    stopped.removeEventListener("abort", begin);
  };
  return { cut: controller.signal, end };
}

async function placeIn(
  { out }: Context,
  { saved, source, options }: Omit<RunDeps, "marks">,
): Promise<Place> {
  const place = (await saved?.read()) ?? null;
  if (!options.resume) {
    if (place !== null)
      out.note(`an earlier import got to document ${place.done}; this one begins anew`);
    return START;
  }
  if (place === null) {
    out.note("there is no earlier import to go on with: beginning with the first document");
    return START;
  }
  if (place.file.size !== source.size || place.file.mtimeMs !== source.mtimeMs) {
    throw new CommandFailure(`${source.path} has changed since: import it anew, without --resume`);
  }
  if (place.rules !== rulesText(options)) {
    throw new UsageError("the keys were made by other options: give the same ones, or begin anew");
  }
  out.note(`going on behind document ${countText(place.done)}`);
  return place;
}

/** The options that decide which document becomes which record. */
function rulesText({ prefix, keyField, numbered, format }: ImportFlags): string {
  return JSON.stringify([prefix, keyField ?? null, numbered ?? false, format ?? null]);
}

function countsText({ stored, refused, unknown, skipped }: Counts): string {
  const more = skipped === 0 ? "" : `, ${countText(skipped)} skipped (deleted or expired)`;
  const settled = `${countText(stored)} stored, ${countText(refused)} refused`;
  return `${settled}, ${countText(unknown)} unknown${more}`;
}

function tried({ stored, refused, unknown }: Counts): number {
  return stored + refused + unknown;
}

function rounded(seconds: number): number {
  return Math.round(seconds * 1_000) / 1_000;
}
