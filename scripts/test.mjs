/**
 * `npm test`: every test that needs no Docker. Further arguments go to Jest.
 *
 * `npm test -- --after-check` leaves out what `npm run check` runs. `npm run test:compose` is the
 * drill on docker-compose alone. With CI=true nothing may be left out: no Redis is a failure.
 */

import { spawnSync } from "node:child_process";
import { isCi, runJest } from "./jest-run.mjs";
import { chooseRedis, findProgram } from "./launcher/redis-choice.mjs";
import { setup } from "./setup.mjs";

const AFTER_CHECK = "--after-check";

/** @param {readonly string[]} argv */
function main([first, ...rest]) {
  if (first === "compose") {
    if (!hasDocker()) return complain("Docker with docker-compose is needed for these tests");
    setup();
    return runJest("compose", rest);
  }
  const extra = [first, ...rest].filter((word) => word !== undefined && word !== AFTER_CHECK);
  setup();
  const redis = chooseRedis([], process.env);
  if (redis.kind === "embedded") {
    if (isCi()) return complain(`a Redis is needed: ${redis.because}`);
    complain(`${redis.because}: tests of durability are left out, others use a stand-in in memory`);
  }
  const browserless = hasBrowser() ? [] : ["--testPathIgnorePatterns=/tests/dashboard/"];
  if (browserless.length > 0) {
    if (isCi()) return complain("Chromium is needed for the tests of the dashboard");
    complain("no Chromium: the tests of the dashboard are left out");
  }
  return runJest(first === AFTER_CHECK ? "real" : "all", [...extra.map(String), ...browserless]);
}

function hasBrowser() {
  const names = ["chromium", "chromium-browser", "google-chrome"];
  return names.some((name) => findProgram(name, process.env) !== "");
}

function hasDocker() {
  const answers = (/** @type {string} */ file, /** @type {string[]} */ args) =>
    spawnSync(file, args, { stdio: "ignore" }).status === 0;
  const compose =
    answers("docker-compose", ["version"]) || answers("docker", ["compose", "version"]);
  return compose && answers("docker", ["info"]);
}

/** @param {string} text */
function complain(text) {
  process.stderr.write(`ringkv: ${text}\n`);
  return false;
}

process.exitCode = main(process.argv.slice(2)) ? 0 : 1;
