/** A whole cluster out into a file and, on an empty cluster, in again. */

import { createReadStream, createWriteStream, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { BenchFailure } from "./failure.mjs";
import { fillRecords } from "./filling.mjs";
import { openRingkv } from "./systems.mjs";

/** @typedef {import("./stories.mjs").StoryOptions} StoryOptions */

const NDJSON = "application/x-ndjson";
const GROUND = /** @type {const} */ ({ durability: "always", nodes: 3 });

/** @param {StoryOptions} options @returns {Promise<import("./stories.mjs").Story>} */
export async function measureSnapshot({ records, signal, note }) {
  const directory = mkdtempSync(path.join(tmpdir(), "ringkv-bench-snapshot-"));
  const file = path.join(directory, "all.ndjson");
  try {
    const outMs = await onCluster(signal, async ({ cluster, ports }) => {
      note(`filling with ${records} records`);
      await fillRecords(ports, { from: 0, to: records, signal });
      note("snapshot of the cluster");
      return elapsedMs(() => takeSnapshot(cluster.urls[0] ?? "", file, signal));
    });
    const inMs = await onCluster(signal, async ({ cluster }) => {
      note("restore into an empty cluster");
      return elapsedMs(() => restore(cluster.urls[0] ?? "", { file, records, signal }));
    });
    const perSecond = (/** @type {number} */ ms) => Math.round((1_000 * records) / ms);
    const unit = "records/s";
    const megabytes = statSync(file).size / 1e6;
    return {
      figures: [
        { name: "snapshot_records_per_s", what: "snapshot out", value: perSecond(outMs), unit },
        { name: "restore_records_per_s", what: "snapshot in", value: perSecond(inMs), unit },
        { name: "snapshot_mb", what: "size of the file", value: megabytes, unit: "MB" },
      ],
      series: [],
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/**
 * @template T
 * @param {AbortSignal} signal
 * @param {(ringkv: import("./systems.mjs").Ringkv) => Promise<T>} act
 */
async function onCluster(signal, act) {
  const ringkv = await openRingkv(GROUND, { signal });
  try {
    return await act(ringkv);
  } finally {
    await ringkv.close();
  }
}

/** @param {() => Promise<void>} act */
async function elapsedMs(act) {
  const begin = performance.now();
  await act();
  return performance.now() - begin;
}

/** @param {string} url @param {string} file @param {AbortSignal} signal */
async function takeSnapshot(url, file, signal) {
  const response = await fetch(`${url}/snapshot?scope=cluster`, {
    headers: { accept: NDJSON },
    signal,
  });
  if (!response.ok || response.body === null)
    throw new BenchFailure(`no snapshot: ${response.status} ${await response.text()}`);
  await pipeline(Readable.fromWeb(response.body), createWriteStream(file));
}

/** @param {string} url @param {{file: string, records: number, signal: AbortSignal}} options */
async function restore(url, { file, records, signal }) {
  const body = /** @type {ReadableStream} */ (Readable.toWeb(createReadStream(file)));
  /** @type {RequestInit & {duplex: "half"}} */
  const init = {
    method: "POST",
    headers: { "content-type": NDJSON },
    body,
    duplex: "half",
    signal,
  };
  const response = await fetch(`${url}/restore`, init);
  const text = await response.text();
  if (!response.ok) throw new BenchFailure(`no restore: ${response.status} ${text}`);
  const { restored } = /** @type {{restored: number}} */ (JSON.parse(text));
  if (restored !== records) throw new BenchFailure(`${restored} of ${records} records restored`);
}
