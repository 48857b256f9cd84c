/** `shell`: the prompt. Also for a script on standard input; a failure in it ends with 1. */

import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { createInterface, type Interface } from "node:readline/promises";
import type { Command } from "commander";
import type { Context } from "../context.js";
import { EXIT, type ExitCode } from "../exit-code.js";
import { ShellSession } from "../shell-session.js";
import type { Surroundings } from "../surroundings.js";
import type { Run } from "./command-frame.js";

const PROMPT = "ringkv> ";
const HISTORY_LINES_MAX = 1_000;

export function addShell(program: Command, run: Run): void {
  program
    .command("shell")
    .description("a prompt: put a 123, get a, delete a; says which node answered")
    .addHelpText("after", "\nThe history is kept in ~/.ringkv_history, or in RINGKV_HISTORY.")
    .action(run(shell));
}

async function shell(context: Context): Promise<ExitCode | undefined> {
  const { surroundings, out } = context;
  const { stdin, stdout } = surroundings;
  const session = new ShellSession(context);
  const isTyped = stdin.isTTY === true && stdout.isTTY === true;
  const history = new History(isTyped ? historyPath(surroundings) : null);
  const prompt = createInterface({
    input: stdin,
    output: stdout,
    terminal: isTyped,
    prompt: PROMPT,
    history: await history.load(),
    historySize: HISTORY_LINES_MAX,
    removeHistoryDuplicates: true,
    completer: isTyped ? (line: string) => completed(session, line) : undefined,
  });
  prompt.on("history", (lines: string[]) => history.remember(lines));
  if (isTyped)
    out.note(`${context.nodes.join(" ")}\nhelp lists the commands, exit or Ctrl-D ends.`);
  const end = await new Conversation({ context, session, prompt, isTyped }).run();
  await history.save();
  return end;
}

async function completed(session: ShellSession, line: string): Promise<[string[], string]> {
  const [candidates, word] = await session.complete(line);
  return [[...candidates], word];
}

interface ConversationDeps {
  readonly context: Context;
  readonly session: ShellSession;
  readonly prompt: Interface;
  readonly isTyped: boolean;
}

class Conversation {
  readonly #deps: ConversationDeps;
  #running: AbortController | null = null;

  constructor(deps: ConversationDeps) {
    this.#deps = deps;
  }

  async run(): Promise<ExitCode | undefined> {
    const { context, session, prompt, isTyped } = this.#deps;
    const { out, signal } = context;
    const leave = () => prompt.close();
    signal.addEventListener("abort", leave);
    prompt.on("SIGINT", () => this.#interrupted());
    let worst: ExitCode | undefined;
    if (isTyped) prompt.prompt();
    // Lines that are typed while one is worked on wait in the iterator.
    for await (const line of prompt) {
      this.#running = new AbortController();
      const reply = await session.run(line, this.#running.signal);
      this.#running = null;
      for (const text of reply.lines) {
        if (reply.isFailure) out.complain(text);
        else await out.line(text);
      }
      if (reply.isFailure && !isTyped) worst ??= EXIT.refused;
      if (reply.isOver || signal.aborted) break;
      if (isTyped) prompt.prompt();
    }
    signal.removeEventListener("abort", leave);
    prompt.close();
    return signal.aborted ? EXIT.interrupted : worst;
  }

  /** Gives up what runs; at the prompt it empties the line, as shells do. */
  #interrupted(): void {
    const { prompt } = this.#deps;
    if (this.#running !== null) {
      this.#running.abort();
      return;
    }
    prompt.write(null, { ctrl: true, name: "e" });
    prompt.write(null, { ctrl: true, name: "u" });
    prompt.prompt();
  }
}

/** Lines of earlier sessions. A history that cannot be kept spoils nothing. */
class History {
  readonly #path: string | null;
  #lines: readonly string[] = [];

  constructor(place: string | null) {
    this.#path = place;
  }

  /** The newest first, as readline wants them. */
  async load(): Promise<string[]> {
    const text = this.#path === null ? "" : await readFile(this.#path, "utf8").catch(() => "");
    const lines = text.split("\n").filter((line) => line !== "");
    this.#lines = lines.toReversed().slice(0, HISTORY_LINES_MAX);
    return [...this.#lines];
  }

  remember(lines: readonly string[]): void {
    this.#lines = [...lines];
  }

  async save(): Promise<void> {
    if (this.#path === null) return;
    const text = `${this.#lines.toReversed().join("\n")}\n`;
    // Values may be secrets: for nobody else to read.
    await writeFile(this.#path, text, { mode: 0o600 }).catch(() => undefined);
  }
}

function historyPath({ environment }: Surroundings): string | null {
  const { RINGKV_HISTORY: given = "", HOME: home = "" } = environment;
  if (given !== "") return given;
  return home === "" ? null : path.join(home, ".ringkv_history");
}
