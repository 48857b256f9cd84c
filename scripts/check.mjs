/**
 * `npm run check`: what must hold before each commit. Types, format, lint, the lock file, the house
 * rules, unit tests and the simulation; nothing that needs a Redis.
 *
 * Every step runs, also after one that failed: one look shows all there is to mend.
 */

import { spawnSync } from "node:child_process";
import { runJest } from "./jest-run.mjs";
import { setup } from "./setup.mjs";

/** @param {readonly string[]} command */
function tool(command) {
  return () => spawnSync(process.execPath, command, { stdio: "inherit" }).status === 0;
}

setup();
const steps = [
  { name: "types", passes: tool(["node_modules/typescript/bin/tsc", "-b"]) },
  { name: "format and lint", passes: tool(["node_modules/@biomejs/biome/bin/biome", "check"]) },
  {
    name: "typed lint",
    passes: tool(["node_modules/oxlint/bin/oxlint", "--type-aware", "--quiet"]),
  },
  { name: "lock file", passes: tool(["scripts/check-lock.mjs"]) },
  { name: "tests", passes: () => runJest("pure", process.argv.slice(2)) },
];
const failed = steps.filter(({ name, passes }) => {
  process.stderr.write(`\n== ${name}\n`);
  return !passes();
});
process.stderr.write(
  failed.length === 0
    ? "\ncheck: everything passes\n"
    : `\ncheck: failed: ${failed.map(({ name }) => name).join(", ")}\n`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
