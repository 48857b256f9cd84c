import { buildRing, type NodeId } from "@ringkv/core";
import type { Job } from "./ports/jobs.js";
import { PeerFailure } from "./ports/peers.js";
import { startPurgeRound } from "./purge-round.js";

const [SELF, B, C] = ["node1", "node2", "node3"] as [NodeId, NodeId, NodeId];

async function startAs(role: "leader" | "follower", dead: readonly NodeId[] = []) {
  const jobs: Job[] = [];
  const told: NodeId[] = [];
  const outcome = await startPurgeRound({
    self: SELF,
    ring: buildRing([SELF, B, C]),
    leads: () => role === "leader",
    jobs: { enqueue: async (queued) => void jobs.push(...queued) },
    peers: {
      startPurge: async (node) => {
        if (dead.includes(node)) throw new PeerFailure({ node, reason: "refused", sent: false });
        told.push(node);
      },
    },
    options: { heartbeatIntervalMs: 1_000 },
  }).catch((thrown: unknown) => thrown);
  return { jobs, told, outcome };
}

describe("startPurgeRound", () => {
  it("has the leader tell everybody, and queue its own part", async () => {
    const { jobs, told, outcome } = await startAs("leader");
    expect({ jobs, told, outcome }).toEqual({
      jobs: [{ kind: "purge" }],
      told: [B, C],
      outcome: undefined,
    });
  });

  it("is nobody else's business", async () => {
    expect(await startAs("follower")).toMatchObject({ jobs: [], told: [] });
  });

  it("tells the others although one cannot be told, and says so", async () => {
    const { jobs, told, outcome } = await startAs("leader", [B]);
    expect([jobs.length, told]).toEqual([1, [C]]);
    expect(outcome).toBeInstanceOf(PeerFailure);
  });
});
