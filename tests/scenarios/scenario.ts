/** A scenario: one sentence about what a user sees, and the steps that show it on any harness. */

import type { Capability, Cluster } from "../harness/cluster.js";
import type { Keys } from "../harness/keys.js";

export interface Stage {
  /** Three nodes, all up, nothing owed. What a scenario breaks it need not mend. */
  readonly cluster: Cluster;
  /** Keys that no other scenario uses. */
  readonly keys: Keys;
}

export interface Scenario {
  readonly title: string;
  readonly needs: readonly Capability[];
  readonly run: (stage: Stage) => Promise<void>;
}
