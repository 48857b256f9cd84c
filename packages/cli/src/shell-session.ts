/**
 * What the prompt understands: one line in, some lines out. It knows no terminal, so that a script
 * may be piped into it and a test may be one.
 */

import { type RingkvClient, RingkvError } from "@ringkv/client";
import { restBehind, wordsIn } from "./command-words.js";
import type { Context } from "./context.js";
import { UsageError } from "./exit-code.js";
import { printable, printableText, textOf } from "./printable.js";
import { askAll, clusterLines } from "./status-view.js";
import { bytesText, failureText } from "./wording.js";

export const SHELL_HELP = `put <key> <value>   store the rest of the line; quotes keep outer spaces
get <key>           print a value
delete <key>        delete a key
list [prefix]       the first 20 keys
locate <key>        who owns it, and who holds which version
status              how every node is
nodes               whom this shell asks
help, exit`;

export const SHELL_COMMANDS = [
  "put",
  "get",
  "delete",
  "list",
  "locate",
  "status",
  "nodes",
  "help",
  "exit",
];

const LIST_MAX = 20;
const KEYS_COMPLETED_MAX = 20;

export interface ShellReply {
  readonly lines: readonly string[];
  readonly isFailure: boolean;
  readonly isOver: boolean;
}

type Act = (rest: ShellLine, signal: AbortSignal) => Promise<readonly string[]>;

interface ShellLine {
  readonly text: string;
  readonly words: readonly string[];
}

export class ShellSession {
  readonly #context: Context;
  readonly #client: RingkvClient;
  readonly #acts: ReadonlyMap<string, Act>;
  /** Whoever answered last. */
  #node: string | null = null;

  constructor(context: Context) {
    this.#context = context;
    this.#client = context.client({ patienceMs: 1_000 });
    const remove: Act = (line, signal) => this.#delete(line, signal);
    const over: Act = async () => [];
    this.#acts = new Map<string, Act>([
      ["put", (line, signal) => this.#put(line, signal)],
      ["get", (line, signal) => this.#get(line, signal)],
      ["delete", remove],
      ["del", remove],
      ["list", (line, signal) => this.#list(line, signal)],
      ["locate", (line, signal) => this.#locate(line, signal)],
      ["status", async () => clusterLines(await askAll(context), context.out)],
      ["nodes", async () => this.#nodes()],
      ["help", async () => SHELL_HELP.split("\n")],
      ["exit", over],
      ["quit", over],
    ]);
  }

  /** Never rejects. */
  async run(text: string, signal: AbortSignal): Promise<ShellReply> {
    try {
      const [first = ""] = text.trimStart().split(/\s/, 1);
      // A value may hold quotes of its own, which are no business of the line's.
      const words = first === "put" ? [first] : wordsIn(text);
      const [name] = words;
      if (name === undefined) return { lines: [], isFailure: false, isOver: false };
      const act = this.#acts.get(name);
      if (act === undefined) throw new UsageError(`no such command: ${printable(name)} (try help)`);
      const lines = await act({ text, words }, signal);
      return { lines, isFailure: false, isOver: name === "exit" || name === "quit" };
    } catch (thrown) {
      return { lines: [wordsOf(thrown)], isFailure: true, isOver: false };
    }
  }

  /** What could stand instead of the last word. Nodes that fail to list keys are not told of. */
  async complete(text: string): Promise<readonly [candidates: readonly string[], word: string]> {
    const [, before = "", word = ""] = /^(.*?)(\S*)$/.exec(text) ?? [];
    if (before.trim() === "") {
      const names = SHELL_COMMANDS.filter((it) => it.startsWith(word));
      return [names.map((name) => `${name} `), word];
    }
    if (!/^\s*(get|put|delete|del|locate|list)\s+$/.test(before)) return [[], word];
    try {
      const page = await this.#client.listPage({ prefix: word, limit: KEYS_COMPLETED_MAX });
      return [page.items.map(({ key }) => key).filter((key) => printable(key) === key), word];
    } catch {
      return [[], word];
    }
  }

  async #put({ text }: ShellLine, signal: AbortSignal): Promise<readonly string[]> {
    const [key] = wordsIn(restBehind(text, 1).replace(restBehind(text, 2), ""));
    const rest = restBehind(text, 2).trimEnd();
    if (key === undefined || rest === "") throw new UsageError("put <key> <value>");
    const receipt = await this.#client.put(key, valueIn(rest), { signal });
    const { version, stored, standIns } = receipt;
    const standing = standIns.length === 0 ? "" : `, ${standIns.join(", ")} standing in`;
    return this.#by(receipt.answeredBy, `stored on ${stored.join(", ")}${standing}  ${version}`);
  }

  async #get(line: ShellLine, signal: AbortSignal): Promise<readonly string[]> {
    const key = onlyKey(line);
    const reading = await this.#client.get(key, { signal });
    if (reading === null) return ["not found"];
    const { value, contentType, answeredBy } = reading;
    const text = textOf(value, contentType) ?? textOf(value, "text/plain");
    const shown = text === null ? `${bytesText(value.length)} of ${contentType}` : text;
    return this.#by(answeredBy, printableText(shown));
  }

  async #delete(line: ShellLine, signal: AbortSignal): Promise<readonly string[]> {
    const receipt = await this.#client.delete(onlyKey(line), { signal });
    return this.#by(receipt.answeredBy, receipt.existed ? "deleted" : "was not there");
  }

  async #list({ words }: ShellLine, signal: AbortSignal): Promise<readonly string[]> {
    const page = await this.#client.listPage({ prefix: words[1] ?? "", limit: LIST_MAX, signal });
    const keys = page.items.map(({ key }) => printable(key));
    const more = page.cursor === null ? [] : ["…"];
    return this.#by(page.answeredBy, [...keys, ...more].join("\n") || "no keys");
  }

  async #locate(line: ShellLine, signal: AbortSignal): Promise<readonly string[]> {
    const found = await this.#client.cluster.locate(onlyKey(line), { signal });
    const { partition, owners, holders, answeredBy } = found;
    const held = holders.map(({ node, version, answered }) => {
      return `${node}: ${answered ? (version ?? "holds none") : "did not answer"}`;
    });
    const head = `partition ${partition}, owned by ${owners.join(", ")}`;
    return this.#by(answeredBy, [head, ...held].join("\n"));
  }

  #nodes(): readonly string[] {
    return this.#client.nodes.map((node) => `${node === this.#node ? "* " : "  "}${node}`);
  }

  /** The answer, and who gave it; whoever gave the last one and gave none now is named. */
  #by(node: string, answer: string): readonly string[] {
    const { out } = this.#context;
    const moved = this.#node !== null && this.#node !== node;
    const notice = moved
      ? [out.coloured("yellow", `${this.#node} did not answer: went on to ${node}`)]
      : [];
    this.#node = node;
    return [...notice, ...answer.split("\n"), out.coloured("dim", `(${node})`)];
  }
}

function onlyKey({ words }: ShellLine): string {
  const [name, key] = words;
  if (key === undefined || words.length > 2) {
    throw new UsageError(`${name} <key>; a key with spaces stands in quotes`);
  }
  return key;
}

/** One quoted word is what is between the quotes; everything else is as it was typed. */
function valueIn(rest: string): string {
  if (!/^["']/.test(rest) || restBehind(rest, 1) !== "") return rest;
  const words = wordsIn(rest);
  return words.length === 1 ? (words[0] ?? "") : rest;
}

function wordsOf(thrown: unknown): string {
  if (thrown instanceof RingkvError) {
    return thrown.code === "aborted" ? "given up" : failureText(thrown);
  }
  return (thrown as Error).message;
}
