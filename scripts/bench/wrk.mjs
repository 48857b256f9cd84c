/** Load by wrk, where it is installed: it takes less of the machine than anything in JavaScript. */

import { execFile } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { BenchFailure } from "./failure.mjs";
import { wireTextOf } from "./requests.mjs";

const SCRIPT = fileURLToPath(new URL("./wrk-load.lua", import.meta.url));
const TIMEOUT_S = 5;
const LENGTH_DIGITS = 10;

/**
 * @param {import("./load.mjs").Load} load
 * @param {string} directory for the file of requests
 * @returns {Promise<import("./load.mjs").LoadResult>}
 */
export async function loadByWrk({ ports, sequence, connections, seconds, signal }, directory) {
  const file = path.join(directory, "requests");
  writeFileSync(file, fileTextOf(sequence));
  const threads = Math.min(connections, ports.length);
  const args = [
    `-t${threads}`,
    `-c${connections}`,
    `-d${seconds}s`,
    `--timeout=${TIMEOUT_S}s`,
    `-s${SCRIPT}`,
    `http://127.0.0.1:${ports[0]}/`,
  ];
  const env = {
    ...process.env,
    RINGKV_BENCH_PORTS: ports.join(" "),
    RINGKV_BENCH_FILE: file,
  };
  try {
    return wrkResultIn(await outputOf("wrk", args, { env, signal }));
  } finally {
    rmSync(file);
  }
}

/** @param {readonly import("./requests.mjs").HttpRequest[]} sequence */
export function fileTextOf(sequence) {
  return sequence
    .map(wireTextOf)
    .map((text) => String(Buffer.byteLength(text)).padStart(LENGTH_DIGITS, "0") + text)
    .join("");
}

/** @param {string} output @returns {import("./load.mjs").LoadResult} */
export function wrkResultIn(output) {
  const line = output.split("\n").find((it) => it.startsWith('{"requests"'));
  if (line === undefined) throw new BenchFailure(`wrk said nothing of use: ${output}`);
  const { requests, durationUs, p50Us, p99Us, ...errors } = /** @type {Record<string, number>} */ (
    JSON.parse(line)
  );
  const seen = Object.entries(errors).filter(([, count]) => count > 0);
  return {
    requests: requests ?? 0,
    seconds: (durationUs ?? 0) / 1e6,
    p50Ms: (p50Us ?? 0) / 1_000,
    p99Ms: (p99Us ?? 0) / 1_000,
    errors: seen.map(([kind, count]) => `${count} ${kind}`).join(", "),
  };
}

/**
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{env?: NodeJS.ProcessEnv, signal: AbortSignal}} options
 * @returns {Promise<string>}
 */
export function outputOf(program, args, { env = process.env, signal }) {
  return new Promise((resolve, reject) => {
    execFile(program, args, { env, signal, maxBuffer: 2 ** 24 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else if (signal.aborted) reject(error);
      else reject(new BenchFailure(`${program} failed: ${error.message} ${stderr}`));
    });
  });
}
