/**
 * Where words go: results to standard output, everything about them to standard error. Colours only
 * on a terminal, and never where NO_COLOR is set. Writing waits for a reader that is slow.
 */

import { once } from "node:events";
import type { Screen, Surroundings } from "./surroundings.js";
import { type Column, tableLines } from "./table.js";

export interface OutputOptions {
  readonly json: boolean;
  readonly quiet: boolean;
}

const COLOURS = { red: 31, green: 32, yellow: 33, dim: 2, bold: 1 } as const;
export type Colour = keyof typeof COLOURS;

export class Output {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly #stdout: Screen;
  readonly #stderr: Screen;
  readonly #stopped: AbortSignal;
  readonly #isColourful: boolean;

  constructor({ json, quiet }: OutputOptions, surroundings: Surroundings) {
    const { stdout, stderr, stopped, environment } = surroundings;
    this.json = json;
    this.quiet = quiet;
    this.#stdout = stdout;
    this.#stderr = stderr;
    this.#stopped = stopped;
    this.#isColourful = stdout.isTTY === true && (environment["NO_COLOR"] ?? "") === "";
  }

  /** Whether a person looks at the results as they come. */
  get isOnScreen(): boolean {
    return this.#stdout.isTTY === true;
  }

  /** Whether a bar that is redrawn makes sense. */
  get hasBars(): boolean {
    return this.#stderr.isTTY === true && !this.quiet;
  }

  get bars(): Screen {
    return this.#stderr;
  }

  async write(bytes: Uint8Array | string): Promise<void> {
    if (this.#stopped.aborted || this.#stdout.write(bytes)) return;
    await once(this.#stdout, "drain", { signal: this.#stopped }).catch(() => undefined);
  }

  line(text: string): Promise<void> {
    return this.write(`${text}\n`);
  }

  /** One document per line, so that a stream of them is NDJSON. */
  jsonLine(value: unknown): Promise<void> {
    return this.line(JSON.stringify(value));
  }

  async table(columns: readonly Column[], rows: readonly (readonly string[])[]): Promise<void> {
    const [titles = "", ...lines] = tableLines(columns, rows);
    await this.line(this.coloured("dim", titles));
    for (const line of lines) await this.line(line);
  }

  /** For people only: not with `--quiet`, and never among the results. */
  note(text: string): void {
    if (!this.quiet) this.#stderr.write(`${text}\n`);
  }

  /** What must be said whatever was asked for. */
  complain(text: string): void {
    this.#stderr.write(`ringkv: ${text}\n`);
  }

  coloured(colour: Colour, text: string): string {
    return this.#isColourful ? `\u001b[${COLOURS[colour]}m${text}\u001b[0m` : text;
  }
}
