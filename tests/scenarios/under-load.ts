/** Something happens to the cluster while it is written to; afterwards nothing may be missing. */

import { untilAllUp, untilNoForeignRecords } from "../harness/conditions.js";
import { Load } from "../harness/load.js";
import type { Stage } from "./scenario.js";

/** Seven for each of four writers: prime to the deletions' rhythm, or they would hit few keys. */
const KEY_COUNT = 28;

/** What `happens` is left broken must be mended by it; hand-offs are waited for here. */
export async function underLoad(
  { cluster, keys }: Stage,
  happens: (load: Load) => Promise<void>,
): Promise<void> {
  const load = Load.start(cluster, { keys: keys.many(KEY_COUNT), via: cluster.nodes });
  try {
    await happens(load);
  } finally {
    await load.stop(); // Also when a step failed, or the writers would go on for ever.
  }
  await untilAllUp(cluster);
  await untilNoForeignRecords(cluster);
  expect(await load.findLosses()).toEqual([]);
}
