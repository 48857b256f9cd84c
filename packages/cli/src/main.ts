/**
 * The process: its streams and signals. The first Ctrl-C asks the command to end in good order, the
 * second ends it at once. A reader of our output that goes away ends it without a word.
 */

import { EXIT } from "./exit-code.js";
import { runCli } from "./run-cli.js";
import { systemClock } from "./system-clock.js";

const stop = new AbortController();

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    if (stop.signal.aborted) process.exit(EXIT.interrupted);
    stop.abort("interrupted");
  });
}
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  stop.abort("broken pipe");
});
process.stderr.on("error", () => stop.abort("broken pipe"));

const code = await runCli(process.argv.slice(2), {
  environment: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  clock: systemClock,
  stopped: stop.signal,
});
process.exitCode = stop.signal.reason === "broken pipe" ? EXIT.brokenPipe : code;
// A terminal that was read from would hold the process.
process.stdin.destroy();
