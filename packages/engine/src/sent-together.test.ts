import type { NodeId } from "@ringkv/core";
import { HeldPeers, record } from "../test-support/fakes.js";
import { settle } from "../test-support/manual-clock.js";
import { SentTogether } from "./sent-together.js";

const [A, B] = ["node1", "node2"] as [NodeId, NodeId];
const stored = { outcome: "stored", hadValue: false };
const stale = { outcome: "stale", held: record("k", 9).version };

function open() {
  const peers = new HeldPeers();
  const together = new SentTogether({ peers, options: { peerTimeoutMs: 400 } });
  return { peers, together };
}

describe("records that are sent together", () => {
  it("are one message to each node, in their order, and each gets its own answer", async () => {
    const { peers, together } = open();
    const [first, second] = [record("k", 1), record("k", 2)];
    const answers = [
      together.apply(A, [first], 400),
      together.apply(B, [first], 400),
      together.apply(A, [second], 400),
    ];
    await settle();
    expect(peers.calls.map(({ node, payload }) => [node, payload])).toEqual([
      [A, [first, second]],
      [B, [first]],
    ]);
    peers.calls[0]?.resolve([stale, stored] as never[]);
    peers.calls[1]?.resolve([stored] as never[]);
    expect(await Promise.all(answers)).toEqual([[stale], [stored], [stored]]);
  });

  it("fail together", async () => {
    const { peers, together } = open();
    const answers = Promise.allSettled(
      [1, 2].map((ms) => together.apply(A, [record("k", ms)], 400)),
    );
    await settle();
    await peers.fail(A, "timed-out");
    for (const answer of await answers)
      expect(answer).toMatchObject({ status: "rejected", reason: { node: A } });
  });

  it("neither wait for one that has less time than they, nor delay it", async () => {
    const { peers, together } = open();
    void together.apply(A, [record("k", 1)], 400);
    void together.apply(A, [record("k", 2)], 70);
    await settle();
    expect(peers.calls.map(({ budgetMs }) => budgetMs)).toEqual([70, 400]);
  });
});
