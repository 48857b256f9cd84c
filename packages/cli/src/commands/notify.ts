/** `notify test`: whether mails and webhooks arrive, and what their servers say. */

import type { Command } from "commander";
import type { Context } from "../context.js";
import { EXIT, type ExitCode } from "../exit-code.js";
import { printable } from "../printable.js";
import type { Run } from "./command-frame.js";

export function addNotify(program: Command, run: Run): void {
  const notify = program.command("notify").description("mails and webhooks about writes and nodes");
  notify
    .command("test")
    .description("send a test message to every receiver; 1 when one does not take it")
    .action(run(test));
}

async function test(context: Context): Promise<ExitCode | undefined> {
  const { out, signal } = context;
  const tested = await context.client().cluster.testNotifications({ signal });
  const { delivered, results } = tested;
  if (out.json) await out.jsonLine(tested);
  else {
    const rows = results.map((result) => [
      printable(result.receiver),
      result.delivered ? out.coloured("green", "delivered") : out.coloured("red", "failed"),
      printable(result.answer),
    ]);
    const columns = ["RECEIVER", "TEST", "ANSWER"].map((title) => ({ title }));
    await out.table(columns, rows);
  }
  return delivered ? undefined : EXIT.refused;
}
