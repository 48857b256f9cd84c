/**
 * `npm run restore`: sends a snapshot to a running cluster, by default the newest that the leader
 * has taken.
 *
 * It decides nothing about records: what is newer wins, or, with `--mode overwrite`, the file does.
 * Exit codes: 0 done, 1 refused, 2 usage, 4 nobody answers.
 */

import { createReadStream, existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { messageOf } from "./launcher/failure.mjs";
import { ROOT, snapshotsIn } from "./launcher/programs.mjs";
import { newestIn, outcomeOf } from "./restore/newest.mjs";

const USAGE = `npm run restore -- [options]   restores the newest scheduled snapshot, or --file
  --file <file>      a snapshot in NDJSON, gzipped where its name ends in .gz
  --url <url>        any node of the cluster (default the first node of this machine)
  --mode <mode>      merge: a newer record in the cluster stays; overwrite: the file wins
  --dry-run          store nothing, and say what would be
  --data <directory> where the launcher keeps its data (or DATA_DIR; default data)
A token, where the nodes want one (admin): RINGKV_TOKEN, or RINGKV_TOKEN_FILE`;

/** @returns {Promise<number>} the exit code */
async function main() {
  const values = readArguments();
  if (values === null) return 2;
  if (values.help) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  if (existsSync(path.join(ROOT, ".env"))) {
    const { config } = await import("dotenv");
    config({ path: path.join(ROOT, ".env"), quiet: true });
  }
  const data = path.resolve(ROOT, values.data || process.env["DATA_DIR"] || "data");
  const directory = process.env["SNAPSHOT_DIR"] || snapshotsIn(data);
  const file = values.file ?? newestIn(directory);
  if (file === null) return complain(`no snapshot in ${directory}: see SNAPSHOT_CRON`, 1);
  if (!existsSync(file)) return complain(`no such file: ${file}`, 2);
  const url = values.url ?? `http://127.0.0.1:${process.env["HTTP_BASE_PORT"] || 8001}`;
  return send(file, { ...values, url });
}

/** @param {string} file @param {{url: string, mode: string, "dry-run": boolean}} options */
async function send(file, { url, mode, "dry-run": dryRun }) {
  const { default: axios } = await import("axios");
  process.stderr.write(`restoring ${file} (${statSync(file).size} bytes)\n`);
  try {
    /** @type {{status: number, data: object}} */
    const { status, data } = await axios.post(`${url}/restore`, createReadStream(file), {
      params: { mode, ...(dryRun ? { dryRun: 1 } : {}) },
      headers: {
        "content-type": "application/x-ndjson",
        ...(file.endsWith(".gz") ? { "content-encoding": "gzip" } : {}),
        ...authorization(),
      },
      maxBodyLength: Number.POSITIVE_INFINITY,
      maxRedirects: 0, // Or the whole file would be kept in memory, to be sent again.
      proxy: false,
      validateStatus: () => true,
    });
    const outcome = outcomeOf(status, data);
    if (outcome.isDone) process.stdout.write(`${outcome.text}\n`);
    return outcome.isDone ? 0 : complain(outcome.text, 1);
  } catch (error) {
    return complain(`${url} does not answer: ${messageOf(error)}`, 4);
  }
}

/** The token is not a flag: whoever lists the processes of this machine would read it. */
function authorization() {
  const file = process.env["RINGKV_TOKEN_FILE"];
  const token = process.env["RINGKV_TOKEN"] || (file ? readFileSync(file, "utf8").trim() : "");
  return token === "" ? {} : { authorization: `Bearer ${token}` };
}

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        file: { type: "string" },
        url: { type: "string" },
        mode: { type: "string", default: "merge" },
        "dry-run": { type: "boolean", default: false },
        data: { type: "string" },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    return values;
  } catch (error) {
    complain(`${messageOf(error)}\n${USAGE}`, 2);
    return null;
  }
}

/** @param {string} text @param {number} exitCode */
function complain(text, exitCode) {
  process.stderr.write(`ringkv: ${text}\n`);
  return exitCode;
}

process.exitCode = await main();
