/** The commands of `ringkv`, and what they have in common. */

import { Command } from "commander";
import { addBench } from "./commands/bench.js";
import { addCluster } from "./commands/cluster.js";
import type { Run } from "./commands/command-frame.js";
import { addCompletion } from "./commands/completion.js";
import { addDrill } from "./commands/drill.js";
import { addExport } from "./commands/export.js";
import { addImport } from "./commands/import.js";
import { addKeyValue } from "./commands/key-value.js";
import { addList } from "./commands/list.js";
import { addNotify } from "./commands/notify.js";
import { addShell } from "./commands/shell.js";
import { addSnapshots } from "./commands/snapshots.js";
import { addTasks } from "./commands/tasks.js";
import { addToken } from "./commands/token.js";
import type { Surroundings } from "./surroundings.js";

const AFTER = `
The nodes: --nodes, else RINGKV_NODES, else http://127.0.0.1:8001 to 8003. The first that answers
is used. A token: --token-file, RINGKV_TOKEN_FILE or RINGKV_TOKEN; never a flag of its own, which
the list of processes would show. RINGKV_CA_FILE: who signs the nodes' certificates.
Exit codes: 0 done, 1 refused or not there, 2 wrong usage, 3 unknown outcome, 4 no node answers,
130 interrupted.`;

const GROUPS = [
  addKeyValue,
  addList,
  addImport,
  addExport,
  addCluster,
  addSnapshots,
  addNotify,
  addTasks,
  addToken,
  addDrill,
  addBench,
  addShell,
  addCompletion,
];

export function buildProgram(run: Run, { stdout, stderr }: Surroundings): Command {
  const program = new Command("ringkv")
    .description("The command line of ringkv, a fault-tolerant key-value store.")
    .option("--nodes <urls>", "the nodes to ask, separated by commas")
    .option("--token-file <path>", "a file that holds the token, where the nodes want one")
    .option("--json", "results as JSON, one document per line")
    .option("-q, --quiet", "no notes and no progress; results and failures only")
    .addHelpText("after", AFTER)
    .showHelpAfterError("(ringkv --help, or ringkv <command> --help)")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
    });
  for (const add of GROUPS) add(program, run);
  return program;
}
