/** The demo from the first record to the verdict. */

import { Drill } from "./drill.mjs";
import { load } from "./load.mjs";
import { NodeClient } from "./node-client.mjs";
import { openProgress } from "./progress.mjs";
import { readRecords } from "./records.mjs";
import { isClean, reportOf } from "./report.mjs";
import { openStage } from "./stage.mjs";
import { compare, untilHandedOff } from "./verify.mjs";

const IN_FLIGHT = 64;

/**
 * @typedef {object} DemoOptions
 * @property {string | undefined} file else the package index of this machine
 * @property {number} recordsMax
 * @property {string} data where a running cluster has its data
 * @property {AbortSignal} signal
 * @property {(text: string) => void} say
 */

/** @param {DemoOptions} options @returns {Promise<boolean>} whether nothing was lost or changed */
export async function runDemo({ file, recordsMax, data, signal, say }) {
  const source = await readRecords({ file, recordsMax });
  const stage = await openStage({ data, signal });
  const clients = new Map(
    [...stage.urls].map(([node, url]) => [node, new NodeClient(url, IN_FLIGHT)]),
  );
  try {
    say(`using ${stage.description}`);
    if (!stage.persists) say("no Redis was found: the stand-in is slow, and keeps nothing");
    const result = await perform(source, { stage, clients, signal });
    say(`\n${reportOf(result)}`);
    return isClean(result);
  } finally {
    for (const client of clients.values()) client.close();
    await stage.close();
  }
}

/**
 * @param {import("./records.mjs").RecordSource} source
 * @param {object} scene
 * @param {import("./stage.mjs").Stage} scene.stage
 * @param {ReadonlyMap<string, NodeClient>} scene.clients
 * @param {AbortSignal} scene.signal
 * @returns {Promise<import("./report.mjs").DemoResult>}
 */
async function perform({ name, records }, { stage, clients, signal }) {
  const bar = openProgress("loading through node1", records.length);
  const step = () => {
    bar.step();
    signal.throwIfAborted();
  };
  const drill = new Drill(records.length, {
    stop: () => stage.stop("node2"),
    start: () => stage.start("node2"),
  });
  // Measured from the node's return, while the loading goes on.
  const handedOff = drill.whenBack.then(() => untilHandedOff(clients, signal));
  handedOff.catch(() => {}); // Heard of below, unless the loading failed first.
  const client = clientOf(clients, "node1");
  const loaded = await load(records, { client, inFlight: IN_FLIGHT, drill, onRecord: step });
  bar.end();

  const { elapsedMs: handoffMs } = await handedOff;
  await untilHandedOff(clients, signal);
  /** @type {Map<string, import("./verify.mjs").Comparison>} */
  const reads = new Map();
  for (const node of ["node2", "node3"]) {
    const reading = openProgress(`reading through ${node}`, records.length);
    const onRecord = () => {
      reading.step();
      signal.throwIfAborted();
    };
    const how = { client: clientOf(clients, node), inFlight: IN_FLIGHT, onRecord };
    reads.set(node, await compare(records, how));
    reading.end();
  }
  const held = new Map();
  for (const [node, asked] of clients) held.set(node, (await asked.status())?.records ?? 0);
  const bytes = records.reduce((sum, { value }) => sum + value.length, 0);
  return { source: name, count: records.length, bytes, load: loaded, handoffMs, reads, held };
}

/** @param {ReadonlyMap<string, NodeClient>} clients @param {string} node */
function clientOf(clients, node) {
  const client = clients.get(node);
  if (client === undefined) throw new RangeError(`no such node: ${node}`);
  return client;
}
