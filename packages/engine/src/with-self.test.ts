import { type Key, type NodeId, StoreFull, StoreUnavailable } from "@ringkv/core";
import { MapStore, record } from "../test-support/fakes.js";
import { ManualClock } from "../test-support/manual-clock.js";
import { PeerFailure, type Peers, VersionBeyondClock } from "./ports/peers.js";
import { Replica } from "./replica.js";
import { reasonFor, withSelf } from "./with-self.js";

const SELF = "node1" as NodeId;
const OTHER = "node2" as NodeId;

function open() {
  const store = new MapStore(record("k", 1));
  const replica = new Replica({
    store,
    clock: new ManualClock(),
    isBeyondClock: (ms) => ms > 9,
    isForeign: () => false,
    reserveClock: async () => {},
    isRecovered: () => true,
    servesReads: () => true,
    standsIn: () => {},
    purgeAgeMs: 1,
    noteDamage: () => {},
    scrub: async () => {},
  });
  const asked: string[] = [];
  const remote =
    (method: string) =>
    async (node: NodeId): Promise<never[]> => {
      asked.push(`${method} ${node}`);
      return [];
    };
  const peers: Peers = {
    apply: remote("apply"),
    transfer: remote("transfer"),
    read: remote("read"),
    copies: remote("copies"),
    list: () => Promise.reject(new Error("not asked here")),
    page: () => Promise.reject(new Error("not asked here")),
    digests: () => Promise.reject(new Error("not asked here")),
    versions: () => Promise.reject(new Error("not asked here")),
    contents: () => Promise.reject(new Error("not asked here")),
    scrub: () => Promise.reject(new Error("not asked here")),
    heartbeat: () => Promise.reject(new Error("not asked here")),
    requestVote: () => Promise.reject(new Error("not asked here")),
    purge: () => Promise.reject(new Error("not asked here")),
    startPurge: () => Promise.reject(new Error("not asked here")),
    inquire: () => Promise.reject(new Error("not asked here")),
  };
  return { store, asked, everyone: withSelf(SELF, replica, peers) };
}

describe("withSelf", () => {
  it("answers for this node from its own store", async () => {
    const { everyone, asked } = open();
    expect(await everyone.apply(SELF, [record("k", 2)], 100)).toEqual([
      { outcome: "stored", hadValue: true },
    ]);
    expect(await everyone.transfer(SELF, [record("k", 3)], 100)).toHaveLength(1);
    expect(await everyone.read(SELF, ["k" as Key], 100)).toMatchObject([{ key: "k" }]);
    expect(asked).toEqual([]);
  });

  it("passes calls to other nodes on", async () => {
    const { everyone, asked } = open();
    await everyone.apply(OTHER, [], 100);
    await everyone.transfer(OTHER, [], 100);
    await everyone.read(OTHER, [], 100);
    expect(asked).toEqual(["apply node2", "transfer node2", "read node2"]);
  });

  it("fails like any other peer when its own store is away", async () => {
    const { everyone, store } = open();
    store.isAway = true;
    const failure = await everyone.read(SELF, ["k" as Key], 100).catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(PeerFailure);
    expect(failure).toMatchObject({ node: SELF, reason: "unavailable", sent: true });
    expect((failure as PeerFailure).cause).toBeInstanceOf(StoreUnavailable);
  });
});

describe("reasonFor", () => {
  it.each([
    { thrown: new StoreUnavailable("away"), reason: "unavailable" },
    { thrown: new StoreFull(), reason: "full" },
    { thrown: new VersionBeyondClock("f"), reason: "rejected" },
  ])("tells a caller that the service is $reason", ({ thrown, reason }) => {
    expect(reasonFor(thrown)).toBe(reason);
  });

  it("lets a bug go on as a bug", () => {
    const bug = new TypeError("undefined is not a function");
    expect(() => reasonFor(bug)).toThrow(bug);
  });
});
