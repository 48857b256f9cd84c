import { buildRing, type Key, type NodeId, partitionOf, walkOf } from "@ringkv/core";
import { HeldPeers, record, version } from "../test-support/fakes.js";
import { locate } from "./locate.js";

const ring = buildRing(["node1", "node2", "node3"] as NodeId[]);
const KEY = "user:1" as Key;
const [A, B, C] = walkOf(ring, partitionOf(KEY)) as [NodeId, NodeId, NodeId];

describe("locate", () => {
  it("says where a key belongs and what each member holds, answers or not", async () => {
    const peers = new HeldPeers();
    const located = locate(KEY, {
      ring,
      peers,
      stateOf: (node) => (node === C ? "down" : "up"),
      options: { replicaCount: 2, peerTimeoutMs: 400 },
    });
    expect(peers.calls.map(({ node, budgetMs }) => `${node} ${budgetMs}`)).toEqual(
      [A, B, C].map((node) => `${node} 400`),
    );
    await peers.fail(C, "refused", false);
    await peers.answer(B, null);
    await peers.answer(A, record(KEY, 5));
    expect(await located).toEqual({
      key: KEY,
      partition: partitionOf(KEY),
      walk: [A, B, C],
      owners: [A, B],
      holders: [
        { node: A, state: "up", version: version(5), answered: true },
        { node: B, state: "up", version: null, answered: true },
        { node: C, state: "down", version: null, answered: false },
      ],
    });
  });

  it("does not say of a damaged copy that there is none", async () => {
    const peers = new HeldPeers();
    const options = { replicaCount: 2, peerTimeoutMs: 400 };
    const located = locate(KEY, { ring, peers, stateOf: () => "up", options });
    await peers.answer(A, "damaged");
    for (const node of [B, C]) await peers.answer(node, null);
    const [first] = (await located).holders;
    expect(first).toEqual({ node: A, state: "up", version: null, answered: false });
  });
});
