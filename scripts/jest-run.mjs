/**
 * Runs a part of the tests with Jest and judges the outcome.
 *
 * Two kinds of tests: those that need nothing but Node.js, and those on real parts, named
 * `*.real.test.ts` or in `tests/interface`. `tests/compose` needs Docker and is a part of its own.
 */

import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const REAL = ["\\.real\\.test\\.ts$", "/tests/interface/"];
const COMPOSE = ["/tests/compose/"];

/** Paths that each part leaves out, and those that it is made of, where that is not everything. */
const PARTS = {
  pure: { without: [...REAL, ...COMPOSE], only: [] },
  real: { without: COMPOSE, only: REAL },
  all: { without: COMPOSE, only: [] },
  compose: { without: [], only: COMPOSE },
};

/**
 * @typedef {object} Results as Jest writes them
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {number} numPendingTests
 * @property {number} numRuntimeErrorTestSuites
 * @property {{name: string, assertionResults: {status: string}[]}[]} testResults
 */

/**
 * @param {keyof typeof PARTS} part
 * @param {readonly string[]} extra further arguments for Jest
 * @returns {boolean} whether everything passed and, under CI, nothing was left out
 */
export function runJest(part, extra) {
  const { without, only } = PARTS[part];
  const file = path.join(resultsDirectory(), `${part}.json`);
  mkdirSync(path.dirname(file), { recursive: true });
  rmSync(file, { force: true });
  const { status } = spawnSync(
    process.execPath,
    [
      "--experimental-vm-modules", // Without it Jest quietly runs everything as CommonJS.
      "--no-warnings=ExperimentalWarning",
      "node_modules/jest/bin/jest.js",
      ...["/node_modules/", ...without].map((pattern) => `--testPathIgnorePatterns=${pattern}`),
      "--json",
      // After this one, so that what follows is not taken for a pattern to leave out.
      `--outputFile=${file}`,
      ...only,
      ...(part === "compose" ? ["--runInBand"] : []),
      ...extra,
    ],
    { cwd: ROOT, stdio: "inherit" },
  );
  const leftOut = suitesLeftOut(file);
  if (leftOut.length > 0)
    process.stderr.write(`\nleft out, in whole or in part:\n  ${leftOut.join("\n  ")}\n`);
  const mayLeaveOut = !isCi() || extra.length > 0;
  return status === 0 && (mayLeaveOut || leftOut.length === 0);
}

/** Where the results of all runs lie, for whoever sums them up. */
export function resultsDirectory() {
  return process.env["RINGKV_RESULTS_DIR"] || path.join(ROOT, "node_modules/.cache/test-results");
}

export function isCi() {
  return ["true", "1"].includes(process.env["CI"] ?? "");
}

/** @param {string} file @returns {Results | null} null when Jest did not get that far */
export function readResults(file) {
  try {
    return /** @type {Results} */ (JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return null;
  }
}

/** @param {string} file */
function suitesLeftOut(file) {
  const suites = readResults(file)?.testResults ?? [];
  return suites
    .filter(({ assertionResults }) => assertionResults.some(({ status }) => status === "pending"))
    .map(({ name }) => path.relative(ROOT, name));
}
