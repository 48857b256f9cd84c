/**
 * Runs the scenarios on one harness. They share a cluster, because a start costs more than a
 * scenario; after each, everything is brought up again and all debts are paid, so that the next
 * one finds what it expects. A cluster that cannot be brought up again fails that step, loudly.
 */

import type { Capability, Cluster } from "../harness/cluster.js";
import { untilAllUp, untilNoForeignRecords } from "../harness/conditions.js";
import { Keys } from "../harness/keys.js";
import { scenarios } from "./scenarios.js";

export interface Harness<C extends Cluster> {
  readonly name: string;
  readonly capabilities: readonly Capability[];
  readonly open: () => Promise<C>;
  /** Shows whatever helps to understand the failure; the cluster is as it was then. */
  readonly onFailure?: (cluster: C) => Promise<void>;
  /** Describes more tests on the same cluster, once the scenarios are done with it. */
  readonly describeMore?: (cluster: () => C) => void;
  /** A start may build an image first. */
  readonly openTimeoutMs: number;
  readonly scenarioTimeoutMs: number;
}

export function describeScenarios<C extends Cluster>(harness: Harness<C>): void {
  const { capabilities, openTimeoutMs, scenarioTimeoutMs } = harness;
  let cluster: C;
  beforeAll(async () => {
    cluster = await harness.open();
    await untilAllUp(cluster);
  }, openTimeoutMs);
  afterAll(async () => cluster?.close(), openTimeoutMs);

  describe(`scenarios: ${harness.name}`, () => {
    afterEach(async () => {
      await cluster.restore();
      await untilAllUp(cluster);
      await untilNoForeignRecords(cluster);
    }, scenarioTimeoutMs);

    const possible = scenarios.filter(({ needs }) =>
      needs.every((need) => capabilities.includes(need)),
    );
    it.each(possible)(
      "$title",
      async ({ title, run }) => {
        const keys = new Keys(cluster, `${scenarios.findIndex((it) => it.title === title)}`);
        try {
          await run({ cluster, keys });
        } catch (thrown) {
          await harness.onFailure?.(cluster);
          throw thrown;
        }
      },
      scenarioTimeoutMs,
    );
  });

  harness.describeMore?.(() => cluster);
}
