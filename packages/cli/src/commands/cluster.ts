/** `status`, `locate` and `verify`: how the cluster is, and where a key lies. */

import type { Command } from "commander";
import type { Context } from "../context.js";
import { EXIT, type ExitCode } from "../exit-code.js";
import { printable } from "../printable.js";
import { askAll, clusterLines, clusterTable, type NodeAnswer } from "../status-view.js";
import { watchScreen } from "../watch-screen.js";
import { countText, timeText } from "../wording.js";
import { type Given, type Run, required, wholeNumber } from "./command-frame.js";

interface StatusFlags {
  readonly watch?: boolean;
  readonly interval: number;
}

export function addCluster(program: Command, run: Run): void {
  program
    .command("status")
    .description("how every node is: state, leader, records, debts")
    .option("--watch", "again and again, until Ctrl-C")
    .option("--interval <seconds>", "how often with --watch", wholeNumber(1, 3_600), 1)
    .action(run(status));
  program
    .command("locate <key>")
    .description("which nodes own a key, and which version each of them holds")
    .action(run(locate));
  program
    .command("verify")
    .description("compare all copies of all records; 1 when they differ")
    .action(run(verify));
}

async function status(
  context: Context,
  { options }: Given<StatusFlags>,
): Promise<ExitCode | undefined> {
  const { out, signal } = context;
  if (!options.watch) {
    const answers = await askAll(context);
    if (signal.aborted) return EXIT.interrupted;
    await tellStatus(context, answers);
    return answers.some(({ status }) => status !== null) ? undefined : EXIT.unreachable;
  }
  const everyMs = options.interval * 1_000;
  await watchScreen(context, everyMs, async () => {
    const answers = await askAll(context);
    if (!out.isOnScreen) await tellStatus(context, answers);
    return clusterLines(answers, out);
  });
  return undefined;
}

async function tellStatus({ out }: Context, answers: readonly NodeAnswer[]): Promise<void> {
  if (out.json) {
    await out.jsonLine(answers);
    return;
  }
  const { columns, rows } = clusterTable(answers, out);
  await out.table(columns, rows);
  for (const { failure } of answers) if (failure !== null) out.note(printable(failure));
}

async function locate(context: Context, { args }: Given<object>): Promise<void> {
  const { out, signal } = context;
  const location = await context.client().cluster.locate(required(args[0]), { signal });
  if (out.json) return out.jsonLine(location);
  const { key, partition, owners, holders } = location;
  await out.line(`${printable(key)} lies in partition ${partition}, owned by ${owners.join(", ")}`);
  const rows = holders.map(({ node, state, version, answered }) => [
    node,
    owners[0] === node ? "primary" : owners.includes(node) ? "replica" : "",
    state,
    answered ? (version ?? "holds none") : "did not answer",
    version === null ? "" : timeText(Number.parseInt(version.slice(0, 12), 16)),
  ]);
  const columns = ["NODE", "ROLE", "STATE", "VERSION", "WRITTEN"].map((title) => ({ title }));
  await out.table(columns, rows);
}

async function verify(context: Context): Promise<ExitCode | undefined> {
  const { out, signal } = context;
  out.note("comparing all copies of all records …");
  const found = await context.client().cluster.verify({ signal });
  const { equal, partitions, differing, notAsked, damaged, wrongDigests } = found;
  if (out.json) await out.jsonLine(found);
  else {
    const verdict = equal ? out.coloured("green", "equal") : out.coloured("red", "not equal");
    await out.line(`${verdict}: ${countText(partitions)} partitions compared`);
    if (differing.length > 0) await out.line(`differing: ${shortList(differing)}`);
    if (notAsked.length > 0) await out.line(`did not answer: ${notAsked.join(", ")}`);
    if (damaged.length > 0) await out.line(`damaged records: ${countText(damaged.length)}`);
    if (wrongDigests.length > 0) await out.line(`wrong digests: ${wrongDigests.length}`);
  }
  return equal ? undefined : EXIT.refused;
}

function shortList(numbers: readonly number[]): string {
  const shown = numbers.slice(0, 20).join(", ");
  return numbers.length <= 20 ? shown : `${shown} and ${countText(numbers.length - 20)} more`;
}
