import {
  buildRing,
  type Key,
  type MemberState,
  type NodeId,
  type PackedRecord,
  partitionOf,
  QuorumUnreachable,
  walkOf,
} from "@ringkv/core";
import { MapStore, record, version } from "../test-support/fakes.js";
import { ManualClock, settle } from "../test-support/manual-clock.js";
import { type ListCommand, ListPath } from "./list-path.js";
import { PeerFailure } from "./ports/peers.js";

const MEMBERS = ["node1", "node2", "node3"] as NodeId[];
const ring = buildRing(MEMBERS);

/** Three nodes with stores of their own, two copies of each key, and whoever is told to fail. */
class Stage {
  readonly clock = new ManualClock();
  readonly stores = new Map(MEMBERS.map((node) => [node, new MapStore()]));
  readonly states = new Map<NodeId, MemberState>();
  readonly dead = new Set<NodeId>();
  readonly behind = new Map<NodeId, readonly NodeId[]>();
  readonly calls: string[] = [];
  readonly failures: NodeId[] = [];
  /** Runs before a node answers. */
  before: (node: NodeId, method: string) => void = () => {};
  readonly path = new ListPath({
    ring,
    clock: this.clock,
    peers: {
      list: async (node, ask, budgetMs) => {
        this.#meet(node, `list ${ask.limit}`, budgetMs);
        return this.storeOf(node).list({ ...ask, nowMs: this.clock.wallMs() });
      },
      read: async (node, keys, budgetMs) => {
        this.#meet(node, `read ${keys.join(" ")}`, budgetMs);
        return this.storeOf(node).read(keys);
      },
    },
    stateOf: (node) => this.states.get(node) ?? "up",
    debtorsTo: (node) => this.behind.get(node) ?? [],
    onFailure: (node) => void this.failures.push(node),
    options: { replicaCount: 2, readQuorum: 1, requestTimeoutMs: 2_000, peerTimeoutMs: 400 },
  });

  storeOf(node: NodeId): MapStore {
    return this.stores.get(node) as MapStore;
  }

  /** Puts records on the nodes of their walk with these places: 0 the primary, 2 a stand-in. */
  hold(records: readonly PackedRecord[], ...places: readonly number[]): void {
    for (const one of records) {
      const walk = walkOf(ring, partitionOf(one.key));
      for (const place of places) {
        this.storeOf(walk[place] as NodeId).records.set(one.key, one);
      }
    }
  }

  async list(change: Partial<ListCommand> = {}) {
    const all = { prefix: "", after: null, limit: 100, values: false, r: null, timeoutMs: null };
    return this.path.list({ ...all, ...change });
  }

  async keys(change: Partial<ListCommand> = {}): Promise<string> {
    return (await this.list(change)).items.map(({ key }) => key).join(" ");
  }

  asked(method: string): string[] {
    return this.calls.filter((call) => call.includes(` ${method}`));
  }

  #meet(node: NodeId, what: string, budgetMs: number): void {
    this.calls.push(`${node} ${what}`);
    this.before(node, what);
    if (this.dead.has(node)) throw new PeerFailure({ node, reason: "refused", sent: false });
    if (budgetMs <= 0) throw new Error("asked when time was up");
  }
}

const names = (count: number) =>
  Array.from({ length: count }, (_, index) => `key-${String(index).padStart(3, "0")}`);
const stored = (keys: readonly string[], ms = 5) => keys.map((key) => record(key, ms));

describe("a page of keys", () => {
  it("is one round where all owners agree, and nothing is read", async () => {
    const stage = new Stage();
    stage.hold(stored(names(40)), 0, 1);
    expect(await stage.list()).toEqual({
      items: names(40).map((key) => ({ key, version: version(5), record: null })),
      next: null,
    });
    expect(stage.calls.map((call) => call.split(" ").slice(0, 2).join(" "))).toEqual([
      "node1 list",
      "node2 list",
      "node3 list",
    ]);
  });

  it.each([1, 2, 7, 40, 100])(
    "of %i goes on from page to page, once for each key",
    async (limit) => {
      const stage = new Stage();
      stage.hold(stored(names(40)), 0, 1);
      const listed: string[] = [];
      let after: Key | null = null;
      do {
        const page = await stage.list({ after, limit });
        expect(page.items.length).toBeLessThanOrEqual(limit);
        listed.push(...page.items.map(({ key }) => key));
        after = page.next;
      } while (after !== null);
      expect(listed).toEqual(names(40));
    },
  );

  it("goes on where keys were that are deleted or expired by now", async () => {
    const stage = new Stage();
    const expiresAtMs = stage.clock.wallMs();
    stage.hold(
      names(300).map((key, index) => record(key, 5, index % 50 === 49 ? {} : { expiresAtMs })),
      0,
      1,
    );
    expect(await stage.keys({ limit: 6 })).toBe("key-049 key-099 key-149 key-199 key-249 key-299");
    // It looks no further than 64 times for one key: then it says how far it has come.
    const stretch = new Stage();
    stretch.hold(
      names(999).map((key) => record(key, 5, { expiresAtMs })),
      0,
      1,
    );
    const page = await stretch.list({ limit: 1 });
    expect(page.items).toEqual([]);
    expect(page.next).not.toBeNull();
  });

  it("holds only what begins with the prefix, a key that is the prefix too", async () => {
    const stage = new Stage();
    stage.hold(stored(["a", "ab", "abc", "b"]), 0, 1);
    expect(await stage.keys({ prefix: "ab" })).toBe("ab abc");
  });
});

describe("a key in doubt", () => {
  const KEY = "key" as Key;
  const deleted = record(KEY, 9, { value: null });

  it.each([
    { places: [0, 1], newer: record(KEY, 9), at: [1], shown: 9, why: "an owner has a newer one" },
    { places: [0, 1], newer: deleted, at: [0], shown: null, why: "an owner has its deletion" },
    { places: [0, 1], newer: record(KEY, 9), at: [2], shown: 9, why: "a stand-in has a newer one" },
    { places: [0], newer: null, at: [], shown: 5, why: "an owner has not got it yet" },
    { places: [2], newer: null, at: [], shown: 5, why: "only a stand-in has it" },
  ])("is shown at $shown: $why", async ({ places, newer, at, shown }) => {
    const stage = new Stage();
    stage.hold([record(KEY, 5)], ...places);
    if (newer !== null) stage.hold([newer], ...at);
    const { items } = await stage.list();
    expect(items.map((item) => item.version)).toEqual(shown === null ? [] : [version(shown)]);
    expect(stage.asked("read")).toHaveLength(3);
  });

  it("is read where an owner is behind, and a stand-in's deletion hides it", async () => {
    const stage = new Stage();
    const [primary, , standIn] = walkOf(ring, partitionOf(KEY)) as [NodeId, NodeId, NodeId];
    stage.hold([record(KEY, 5)], 0, 1);
    stage.hold([deleted], 2);
    expect(await stage.keys()).toBe(KEY);
    stage.behind.set(primary, [standIn]);
    expect(await stage.keys()).toBe("");
  });

  it("is read by as many as r asks for, or the listing fails and says so", async () => {
    const stage = new Stage();
    stage.hold([record(KEY, 5)], 0);
    const [, replica] = walkOf(ring, partitionOf(KEY)) as [NodeId, NodeId];
    stage.before = (node, what) => {
      if (node === replica && what.startsWith("read")) stage.dead.add(node);
    };
    expect(await stage.keys()).toBe(KEY);
    stage.dead.clear();
    const failure = stage.list({ r: 2 });
    await expect(failure).rejects.toThrow(QuorumUnreachable);
    await expect(failure).rejects.toMatchObject({ needed: 2, outcome: "not-applied" });
    expect(stage.failures).toContain(replica);
  });

  it("is never shown for a copy that is damaged, which is no answer either", async () => {
    const stage = new Stage();
    stage.hold([record(KEY, 5)], 0, 1);
    const [primary, replica] = walkOf(ring, partitionOf(KEY)) as [NodeId, NodeId];
    stage.storeOf(primary).damage(KEY, 0);
    expect((await stage.list()).items).toEqual([{ key: KEY, version: version(5), record: null }]);
    stage.storeOf(replica).damage(KEY);
    await expect(stage.list()).rejects.toThrow(QuorumUnreachable);
  });
});

describe("nodes that do not answer", () => {
  it("are not needed while of each partition an owner has answered", async () => {
    const stage = new Stage();
    stage.hold(stored(names(40)), 0, 1);
    stage.dead.add("node2" as NodeId);
    expect(await stage.keys()).toBe(names(40).join(" "));
    stage.states.set("node2" as NodeId, "down");
    stage.calls.length = 0;
    expect(await stage.keys()).toBe(names(40).join(" "));
    expect(stage.calls.filter((call) => call.startsWith("node2"))).toEqual([]);
  });

  it("are asked once, and not again for the rest of the page", async () => {
    const stage = new Stage();
    stage.hold(
      names(100).map((key) => record(key, 5, { value: null })),
      0,
      1,
    );
    stage.hold(stored(names(2), 9), 0, 1);
    stage.dead.add("node2" as NodeId);
    await stage.list({ limit: 3 });
    const asked = (node: string) => stage.asked("list").filter((call) => call.startsWith(node));
    expect(asked("node1").length).toBeGreaterThan(1);
    expect(asked("node2")).toHaveLength(1);
  });

  it.each([
    { away: ["node2", "node3"], r: null, why: "nobody knows the partitions of both" },
    { away: ["node2"], r: 2, why: "of some partitions one owner is left" },
  ])("are named when $away are away at r=$r: $why", async ({ away, r }) => {
    const stage = new Stage();
    stage.hold(stored(names(4)), 0, 1);
    for (const node of away as NodeId[]) stage.dead.add(node);
    await expect(stage.list({ r })).rejects.toMatchObject({
      code: "quorum_unreachable",
      failed: expect.arrayContaining(away),
    });
  });

  it("are not asked while they recover", async () => {
    const stage = new Stage();
    stage.states.set("node3" as NodeId, "recovering");
    await stage.list();
    expect(stage.calls.filter((call) => call.startsWith("node3"))).toEqual([]);
  });

  it("leave a page that has begun as it is when time is up", async () => {
    const stage = new Stage();
    const expiresAtMs = stage.clock.wallMs();
    stage.hold(
      names(300).map((key, index) => record(key, 5, index % 10 === 9 ? {} : { expiresAtMs })),
      0,
      1,
    );
    // Each round takes 400 ms.
    stage.before = (node, what) => {
      if (node === "node1" && what.startsWith("list")) stage.clock.freeze(400);
    };
    const listing = stage.list({ limit: 20 });
    await settle();
    const page = await listing;
    expect(page.items.length).toBeGreaterThan(1);
    expect(page.items.length).toBeLessThan(20);
    expect(page.next).not.toBeNull();
    const rest = await stage.keys({ after: page.next });
    expect([...page.items.map(({ key }) => key), ...rest.split(" ")]).toEqual(
      names(300).filter((_, index) => index % 10 === 9),
    );
  });
});

describe("values", () => {
  it("are read from all who have them, and the newest is shown", async () => {
    const stage = new Stage();
    stage.hold(stored(["a", "b"]), 0, 1);
    const { items } = await stage.list({ values: true });
    expect(items.map(({ record: shown }) => Buffer.from(shown?.value ?? "").toString())).toEqual([
      "a at 5",
      "b at 5",
    ]);
  });

  it("end a page after 4 MiB, and the next page goes on", async () => {
    const stage = new Stage();
    const value = Buffer.alloc(1_500_000);
    const keys = names(5);
    stage.hold(
      keys.map((key) => record(key, 5, { value })),
      0,
      1,
    );
    const pages: number[] = [];
    let after: Key | null = null;
    do {
      const page = await stage.list({ values: true, after });
      pages.push(page.items.length);
      after = page.next;
    } while (after !== null);
    expect(pages).toEqual([2, 2, 1]);
    // Without values nothing is too large.
    expect((await stage.list()).items).toHaveLength(5);
  });

  it("show one that is larger than a page alone", async () => {
    const stage = new Stage();
    const value = Buffer.alloc(6_000_000);
    stage.hold([record("a", 5, { value }), record("b", 5)], 0, 1);
    const first = await stage.list({ values: true });
    expect(first.items.map(({ key }) => key)).toEqual(["a"]);
    expect(await stage.keys({ values: true, after: first.next })).toBe("b");
  });
});
