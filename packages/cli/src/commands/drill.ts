/** `drill`: takes a node of the local launcher away under load, and tells what happened. */

import { randomBytes } from "node:crypto";
import type { Command } from "commander";
import type { Context } from "../context.js";
import { DrillLoad, type Findings } from "../drill-run.js";
import { CommandFailure, EXIT, type ExitCode, UsageError } from "../exit-code.js";
import { askLauncher, type LauncherAction } from "../launcher-control.js";
import { askAll } from "../status-view.js";
import type { Tally } from "../tally.js";
import { countText } from "../wording.js";
import { type Given, type Run, wholeNumber } from "./command-frame.js";

interface DrillFlags {
  readonly node: string;
  readonly how: string;
  readonly seconds: number;
  readonly data?: string;
  readonly keep?: boolean;
}

const BACK: Readonly<Record<string, LauncherAction>> = {
  stop: "start",
  kill: "start",
  pause: "resume",
};
const DONE: Readonly<Record<string, string>> = {
  stop: "stopped (SIGTERM)",
  kill: "killed (SIGKILL)",
  pause: "paused (SIGSTOP)",
};

const READY_TIMEOUT_MS = 60_000;
const READY_POLL_MS = 100;
const PATIENCE_MS = 5_000;

export function addDrill(program: Command, run: Run): void {
  program
    .command("drill")
    .description("take a node of `npm start` away under load, bring it back, count what was lost")
    .option("--node <name>", "the node that leaves", "node2")
    .option("--how <how>", "stop, kill or pause", "stop")
    .option("--seconds <n>", "how long before, and how long without it", wholeNumber(1, 600), 3)
    .option("--data <directory>", "data directory of the launcher")
    .option("--keep", "leave the drill's records in the store")
    .action(run(drill));
}

async function drill(context: Context, { options }: Given<DrillFlags>): Promise<ExitCode> {
  const { how } = options;
  if (!Object.hasOwn(BACK, how)) throw new UsageError("--how is stop, kill or pause");
  const story = new Story(context);
  const url = await urlOf(context, options.node);
  const load = new DrillLoad({
    client: context.client({ spread: true, patienceMs: PATIENCE_MS }),
    clock: context.surroundings.clock,
    signal: context.signal,
    prefix: `drill:${randomBytes(4).toString("hex")}:`,
  });
  story.tell(`writing and reading at ${context.nodes.length} nodes`);
  load.start();
  try {
    await leaveAndReturn(context, { options, url, story });
  } finally {
    await load.stop();
  }
  if (context.signal.aborted) {
    if (!options.keep) await load.clean();
    context.out.complain("interrupted; the node has been brought back");
    return EXIT.interrupted;
  }
  const findings = await load.check();
  if (!options.keep) await load.clean();
  await report(context, load, findings);
  return findings.lost.length > 0 ? EXIT.refused : EXIT.done;
}

/** Notes with the seconds since the beginning. */
class Story {
  readonly #context: Context;
  readonly #startMs: number;

  constructor(context: Context) {
    this.#context = context;
    this.#startMs = context.surroundings.clock.monotonicMs();
  }

  tell(text: string): void {
    const seconds = (this.#context.surroundings.clock.monotonicMs() - this.#startMs) / 1_000;
    this.#context.out.note(`${seconds.toFixed(1).padStart(6)} s  ${text}`);
  }
}

async function leaveAndReturn(
  context: Context,
  given: { readonly options: DrillFlags; readonly url: string; readonly story: Story },
): Promise<void> {
  const { surroundings, signal } = context;
  const { options, story, url } = given;
  const { node, how, data, seconds } = options;
  const { clock } = surroundings;
  await clock.sleep(seconds * 1_000, signal);
  if (signal.aborted) return;
  await askLauncher(how as LauncherAction, { node, data });
  story.tell(`${node} ${DONE[how]}`);
  try {
    await clock.sleep(seconds * 1_000, signal);
  } finally {
    // Whatever happens, the drill leaves the cluster as it was.
    await askLauncher(BACK[how] ?? "start", { node, data });
    story.tell(`${node} ${how === "pause" ? "resumed" : "started again"}`);
  }
  if (await isReady(context, url)) story.tell(`${node} has caught up and serves again`);
  else throw new CommandFailure(`${node} is not ready ${READY_TIMEOUT_MS / 1_000} s later`);
}

async function isReady(context: Context, url: string): Promise<boolean> {
  const { clock } = context.surroundings;
  const node = context.client().at(url).cluster;
  const endMs = clock.monotonicMs() + READY_TIMEOUT_MS;
  while (clock.monotonicMs() < endMs) {
    const probe = await node.readiness().catch(() => ({ ready: false }));
    if (probe.ready || context.signal.aborted) return true;
    await clock.sleep(READY_POLL_MS, context.signal);
  }
  return false;
}

async function urlOf(context: Context, node: string): Promise<string> {
  const answers = await askAll(context);
  const silent = answers.filter(({ status }) => status === null).map(({ url }) => url);
  if (silent.length > 0) throw new CommandFailure(`no drill: ${silent.join(", ")} does not answer`);
  const notUp = answers.filter(({ status }) => status?.state !== "up");
  if (notUp.length > 0) throw new CommandFailure("no drill: not every node is up (ringkv status)");
  const found = answers.find(({ status }) => status?.node === node)?.url;
  if (found === undefined) throw new UsageError(`none of the nodes that were asked is ${node}`);
  return found;
}

async function report(context: Context, load: DrillLoad, findings: Findings): Promise<void> {
  const { out } = context;
  const { lost, checked } = findings;
  const { writes, reads } = load;
  if (out.json) {
    await out.jsonLine({ checked, lost, writes: numbersOf(writes), reads: numbersOf(reads) });
    return;
  }
  const titles = ["", "ANSWERED", "FAILED", "UNKNOWN", "MEDIAN MS", "99 % MS", "LONGEST GAP MS"];
  const columns = titles.map(
    (title) => ({ title, align: title === "" ? "left" : "right" }) as const,
  );
  const rows = [rowOf("writes", writes), rowOf("reads", reads)];
  await out.table(columns, rows);
  const verdict =
    lost.length === 0
      ? out.coloured("green", "0 lost")
      : out.coloured("red", `${lost.length} lost`);
  await out.line(`${countText(checked)} acknowledged writes read again: ${verdict}`);
}

function rowOf(name: string, tally: Tally): readonly string[] {
  const { answered, failed, unknown, medianMs, p99Ms, longestGapMs } = numbersOf(tally);
  const times = [medianMs, p99Ms, longestGapMs].map((ms) => (ms === null ? "-" : ms.toFixed(0)));
  return [name, countText(answered), countText(failed), countText(unknown), ...times];
}

function numbersOf(tally: Tally) {
  const [medianMs = null, p99Ms = null] = tally.percentilesMs(50, 99);
  const { count: answered, failures: failed, unknown, longestGapMs } = tally;
  return { answered, failed, unknown, medianMs, p99Ms, longestGapMs };
}
