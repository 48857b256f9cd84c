/** The scenarios on simulated clusters, each on a few seeds: the seed draws delays and clocks. */

import { openSimulated, SIMULATED_CAPABILITIES } from "../harness/simulated.js";
import { describeScenarios } from "./describe-scenarios.js";

for (const seed of [1, 2, 3]) {
  describeScenarios({
    name: `simulated, seed ${seed}`,
    capabilities: SIMULATED_CAPABILITIES,
    open: () => openSimulated(seed),
    openTimeoutMs: 10_000,
    scenarioTimeoutMs: 30_000,
  });
}
