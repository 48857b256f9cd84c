/**
 * Prints the sum of all Jest runs of a directory as `N passed, N failed`.
 *
 * Usage: node sum-results.mjs <part> …: a part without results counts as one failure, since a run
 * that broke off must not look like one that had nothing to say.
 */

import path from "node:path";
import { readResults, resultsDirectory } from "./jest-run.mjs";

const sums = { passed: 0, failed: 0 };
for (const part of process.argv.slice(2)) {
  const results = readResults(path.join(resultsDirectory(), `${part}.json`));
  sums.passed += results?.numPassedTests ?? 0;
  sums.failed += results ? results.numFailedTests + results.numRuntimeErrorTestSuites : 1;
}
process.stdout.write(`${sums.passed} passed, ${sums.failed} failed\n`);
process.exitCode = sums.failed === 0 ? 0 : 1;
