/**
 * `npm run demo`: loads the Debian package index of this machine through node1 while node2 stops
 * and comes back, then reads every record through the other nodes and compares byte for byte.
 *
 * It acts on the cluster of a running `npm start` and leaves the records there, or starts one of
 * its own and removes it. Exit codes: 0 nothing lost, 1 something lost or different, 2 usage.
 */

import { parseArgs } from "node:util";
import { setup } from "./setup.mjs";

const USAGE_ERROR = 2;
const INTERRUPTED = 130;
const USAGE = `npm run demo -- [options]
  --records <n>   load only so many
  --file <path>   a JSON array or object, or one JSON document per line, instead of apt-cache
  --data <path>   the data directory of the running cluster (or DATA_DIR; default data)`;

/** @param {string} text */
const say = (text) => void process.stdout.write(`${text}\n`);

function parse() {
  try {
    const { values } = parseArgs({
      options: {
        records: { type: "string" },
        file: { type: "string" },
        data: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
    const recordsMax =
      values.records === undefined ? Number.POSITIVE_INFINITY : Number(values.records);
    if (Number.isInteger(recordsMax) ? recordsMax < 1 : values.records !== undefined)
      return { problem: "--records must be a whole number above 0" };
    const data = values.data ?? (process.env["DATA_DIR"] || "data");
    return { help: values.help === true, options: { file: values.file, recordsMax, data } };
  } catch (error) {
    return { problem: /** @type {Error} */ (error).message };
  }
}

async function main() {
  const parsed = parse();
  if ("problem" in parsed || parsed.help) {
    say("problem" in parsed ? `${parsed.problem}\n${USAGE}` : USAGE);
    return "problem" in parsed ? USAGE_ERROR : 0;
  }
  setup();
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => stop.abort());
  // Only now: a fresh checkout has no packages before.
  const [{ runDemo }, { DemoFailure }, { LauncherFailure }] = await Promise.all([
    import("./demo/run.mjs"),
    import("./demo/failure.mjs"),
    import("./launcher/failure.mjs"),
  ]);
  try {
    return (await runDemo({ ...parsed.options, signal: stop.signal, say })) ? 0 : 1;
  } catch (error) {
    if (stop.signal.aborted) return INTERRUPTED;
    if (!(error instanceof DemoFailure || error instanceof LauncherFailure)) throw error;
    say(error.message);
    return 1;
  }
}

process.exitCode = await main();
