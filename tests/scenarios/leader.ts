/** Who leads, and who leads next. Clients notice nothing of it. */

import { type NodeName, redisOf } from "../harness/cluster.js";
import { untilAllFollow, untilAllUp } from "../harness/conditions.js";
import type { Scenario, Stage } from "./scenario.js";
import { underLoad } from "./under-load.js";

/** What the documents promise for a leader that is lost without a word. */
const REPLACED_WITHIN_MS = 8_000;

export const leader: readonly Scenario[] = [
  {
    title: "every node names the same leader, and only that one says that it leads",
    needs: [],
    async run({ cluster }) {
      const { leader: name, term } = await untilAllFollow(cluster, {
        deadlineMs: REPLACED_WITHIN_MS,
      });
      expect(cluster.nodes).toContain(name);
      expect(term).toBeGreaterThan(0);
    },
  },
  {
    title: "when the leader is stopped another leads a higher term; it returns as a follower",
    needs: [],
    run: (stage) => replaceLeader(stage, "stop"),
  },
  {
    title: "when the leader is killed another leads a higher term; it returns as a follower",
    needs: [],
    run: (stage) => replaceLeader(stage, "kill"),
  },
  {
    title: "a leader whose store stops leaves the lead to another",
    needs: ["stores"],
    async run({ cluster }) {
      const before = await untilAllFollow(cluster);
      const old = before.leader as NodeName;
      await cluster.stop(redisOf(old));
      const after = await untilAllFollow(cluster, {
        nodes: cluster.nodes.filter((node) => node !== old),
        deadlineMs: REPLACED_WITHIN_MS,
      });
      expect(after.leader).not.toBe(old);
      expect(after.term).toBeGreaterThan(before.term);
    },
  },
  {
    title: "a leader that is cut off stops to lead by itself, and the majority elects another",
    needs: ["partition"],
    async run({ cluster }) {
      const before = await untilAllFollow(cluster);
      const old = before.leader as NodeName;
      await cluster.isolate(old);
      const [after] = await Promise.all([
        untilAllFollow(cluster, {
          nodes: cluster.nodes.filter((node) => node !== old),
          deadlineMs: REPLACED_WITHIN_MS,
        }),
        cluster.waitUntil(
          `${old} does not lead any more`,
          async () => ((await cluster.at(old).leadership()).isLeader ? "it does" : ""),
          REPLACED_WITHIN_MS,
        ),
      ]);
      await cluster.heal(old);
      // Pre-vote: its return disturbs nobody.
      expect(await untilAllFollow(cluster)).toMatchObject({
        leader: after.leader,
        term: after.term,
      });
    },
  },
];

/** Data need no leader, neither while there is none nor later. */
async function replaceLeader(stage: Stage, end: "stop" | "kill"): Promise<void> {
  const { cluster } = stage;
  await underLoad(stage, async (load) => {
    const before = await untilAllFollow(cluster);
    const old = before.leader as NodeName;
    const others = cluster.nodes.filter((node) => node !== old);
    await cluster[end](old);
    const [after] = await Promise.all([
      untilAllFollow(cluster, { nodes: others, deadlineMs: REPLACED_WITHIN_MS }),
      load.acknowledges(50),
    ]);
    expect(others).toContain(after.leader);
    expect(after.term).toBeGreaterThan(before.term);

    await cluster.start(old);
    await untilAllUp(cluster);
    const { leader: last, term } = await untilAllFollow(cluster);
    expect({ last, term }).toEqual({ last: after.leader, term: after.term });
  });
}
