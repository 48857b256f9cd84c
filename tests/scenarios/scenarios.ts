/** All scenarios, in the order in which they are told. */

import { damage } from "./damage.js";
import { everyday } from "./everyday.js";
import { hotKey } from "./hot-key.js";
import { leader } from "./leader.js";
import { listing } from "./listing.js";
import { nodeAway } from "./node-away.js";
import { partition } from "./partition.js";
import { purge } from "./purge.js";
import { recovery } from "./recovery.js";
import { repair } from "./repair.js";
import { restarts } from "./restarts.js";
import type { Scenario } from "./scenario.js";
import { snapshots } from "./snapshots.js";
import { storeAway } from "./store-away.js";
import { strangers } from "./strangers.js";

export const scenarios: readonly Scenario[] = [
  ...everyday,
  ...hotKey,
  ...listing,
  ...nodeAway,
  ...recovery,
  ...snapshots,
  ...repair,
  ...leader,
  ...restarts,
  ...storeAway,
  ...partition,
  ...purge,
  ...strangers,
  ...damage,
];
