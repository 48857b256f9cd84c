/**
 * A snapshot larger than what a node may take in memory, through real processes: in, out, and into
 * a cluster of another size.
 */

import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { createGzip } from "node:zlib";
import { type Key, packRecord, SnapshotReader, SnapshotWriter, versionAt } from "@ringkv/core";
import { type Cluster, startCluster } from "../../scripts/launcher/cluster.mjs";

const RECORDS = 200_000;
const BATCH = 256;
/** The nodes' engines grow to their working size with the first ones. */
const WARM_UP_RECORDS = 40_000;
/** Beyond that; what the records take in the nodes' Redis is another matter. */
const GROWTH_BYTES_MAX = 64 * 1_024 * 1_024;
const NDJSON = "application/x-ndjson";
const STAMPED_AT_MS = Date.UTC(2026, 0, 1);

const running: Cluster[] = [];
const folders: string[] = [];

afterAll(async () => {
  await Promise.all(running.map((cluster) => cluster.stopAll()));
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

async function start(nodes: number): Promise<readonly string[]> {
  const dataDirectory = mkdtempSync(path.join(tmpdir(), "ringkv-snapshots-"));
  folders.push(dataDirectory);
  const cluster = await startCluster({ dataDirectory, nodes, quiet: true });
  running.push(cluster);
  return cluster.urls;
}

/**
 * A file of lines, made while it is sent. It lets go of the event loop between them: else nothing
 * else is sent for seconds, and a connection on which nothing comes is refused by its node.
 */
async function* file(total = RECORDS): AsyncGenerator<Buffer> {
  const writer = new SnapshotWriter("ndjson", createHash("sha256"));
  const from = { scope: "cluster", node: "n", clusterId: "c", prefix: "" } as const;
  yield writer.begin({ ...from, takenAtMs: STAMPED_AT_MS });
  for (let first = 0; first < total; first += BATCH) {
    const count = Math.min(BATCH, total - first);
    yield writer.records(Array.from({ length: count }, (_, index) => recordAt(first + index)));
    await setImmediate();
  }
  yield writer.end(STAMPED_AT_MS);
}

function recordAt(index: number) {
  return packRecord({
    key: `key ${index}` as Key,
    version: versionAt({ ms: STAMPED_AT_MS + index, counter: 0 }, 1),
    value: index % 10 === 0 ? null : Buffer.from(`${index}`.padEnd(100, "-")),
    contentType: "",
    expiresAtMs: null,
  });
}

async function restore(url: string, body: Readable, headers: Record<string, string>) {
  const answer = await fetch(`${url}/restore`, {
    method: "POST",
    headers,
    body: Readable.toWeb(body) as ReadableStream,
    duplex: "half",
  } as RequestInit);
  expect(await answer.clone().text()).toContain("total");
  return (await answer.json()) as object;
}

const rssOf = async (url: string): Promise<number> => {
  const answer = await fetch(`${url}/status`);
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`${url} answers ${answer.status}: ${text}`);
  return (JSON.parse(text) as { memory: { rssBytes: number } }).memory.rssBytes;
};

/** The most that the nodes' memory grew while `work` went on. */
async function growthDuring<T>(urls: readonly string[], work: Promise<T>): Promise<[T, number]> {
  const idle = await Promise.all(urls.map(rssOf));
  let [isOver, growth] = [false, 0];
  work.then(
    () => (isOver = true),
    () => (isOver = true),
  );
  while (!isOver) {
    for (const [index, url] of urls.entries())
      growth = Math.max(growth, (await rssOf(url)) - (idle[index] as number));
  }
  return [await work, growth];
}

it("comes in and goes out again in memory that does not grow with it", async () => {
  const urls = await start(3);
  const [first = "", second = ""] = urls;
  await restore(first, Readable.from(file(WARM_UP_RECORDS)), { "content-type": NDJSON });
  await (await fetch(`${second}/snapshot?scope=cluster`)).arrayBuffer();
  const sending = restore(first, Readable.from(file()), { "content-type": NDJSON });
  const [report, growthIn] = await growthDuring(urls, sending);
  expect(report).toMatchObject({ restored: RECORDS, skippedOlder: 0, total: RECORDS });

  const reading = async () => {
    const answer = await fetch(`${second}/snapshot?scope=cluster`, { headers: { accept: NDJSON } });
    const reader = new SnapshotReader({
      form: "ndjson",
      sha256: createHash("sha256"),
      valueBytesMax: 1_000,
    });
    for await (const piece of answer.body as unknown as AsyncIterable<Uint8Array>) {
      for (const { key, bytes } of reader.push(Buffer.from(piece))) {
        const { bytes: expected } = recordAt(Number(key.slice("key ".length)));
        if (!bytes.equals(expected)) throw new Error(`${key} is not what it was`);
      }
    }
    return reader.end().count;
  };
  const [count, growthOut] = await growthDuring(urls, reading());
  expect(count).toBe(RECORDS);
  for (const growth of [growthIn, growthOut]) expect(growth).toBeLessThan(GROWTH_BYTES_MAX);

  // A cluster of two has other owners for everything, and takes it compressed as well.
  const [third = "", fourth = ""] = await start(2);
  const snapshot = await fetch(`${first}/snapshot?scope=cluster`);
  const body = Readable.fromWeb(snapshot.body as Parameters<typeof Readable.fromWeb>[0]);
  const headers = { "content-type": "application/json", "content-encoding": "gzip" };
  const there = await restore(third, body.pipe(createGzip({ level: 1 })), headers);
  expect(there).toMatchObject({ restored: RECORDS, total: RECORDS });
  const one = await fetch(`${fourth}/kv/key%20${RECORDS - 1}`);
  expect(await one.text()).toBe(`${RECORDS - 1}`.padEnd(100, "-"));
  expect((await fetch(`${fourth}/kv/key%200`)).status).toBe(404);
}, 400_000);
