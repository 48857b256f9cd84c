import {
  type Key,
  type PackedRecord,
  partitionOf,
  Recovering,
  StoreUnavailable,
} from "@ringkv/core";
import { MapStore, record, version } from "../test-support/fakes.js";
import { ManualClock } from "../test-support/manual-clock.js";
import { VersionBeyondClock } from "./ports/peers.js";
import { Replica } from "./replica.js";

const BEYOND_MS = 1_000;
const PURGE_AGE_MS = 100;

function openReplica() {
  const store = new MapStore();
  const isBeyondClock = (ms: number) => ms > BEYOND_MS;
  const reserved: string[] = [];
  const noted: number[] = [];
  /** What a scrub does. */
  const mending = { now: () => {} };
  const standing = { isRecovered: true };
  const stoodIn: number[] = [];
  const clock = new ManualClock();
  const replica = new Replica({
    store,
    clock,
    isBeyondClock,
    isForeign: (partition) => partition === partitionOf("foreign" as Key),
    reserveClock: async (upTo) => void reserved.push(upTo),
    noteDamage: (partition) => void noted.push(partition),
    scrub: async () => mending.now(),
    isRecovered: () => standing.isRecovered,
    servesReads: () => standing.isRecovered,
    standsIn: (partition) => void stoodIn.push(partition),
    purgeAgeMs: PURGE_AGE_MS,
  });
  return { store, clock, replica, reserved, noted, mending, standing, stoodIn };
}

describe("Replica", () => {
  it("never goes below what it holds, and says what that is", async () => {
    const { replica, store } = openReplica();
    const outcomes = [];
    for (const ms of [5, 3, 5, 7]) outcomes.push(...(await replica.apply([record("k", ms)])));
    expect(outcomes).toEqual([
      { outcome: "stored", hadValue: false },
      { outcome: "stale", held: version(5) },
      { outcome: "repeated" },
      { outcome: "stored", hadValue: true },
    ]);
    expect(store.records.get("k" as Key)?.version).toBe(version(7));
  });

  it("refuses a client's record from the far future, and all that came with it", async () => {
    const { replica, store } = openReplica();
    const records = [record("a", 1), record("b", BEYOND_MS + 1)];
    await expect(replica.apply(records)).rejects.toThrow(VersionBeyondClock);
    expect(store.records.size).toBe(0);
    await expect(replica.apply([record("b", BEYOND_MS)])).resolves.toHaveLength(1);
  });

  it("takes in a transfer what was accepted before, whatever its version", async () => {
    const { replica } = openReplica();
    await expect(replica.transfer([record("b", BEYOND_MS + 1)])).resolves.toEqual([
      { outcome: "stored", hadValue: false },
    ]);
  });

  it("forgets what it let go of, but takes nothing older for new", async () => {
    const { replica, reserved } = openReplica();
    const newer = record("foreign", 7);
    await replica.transfer([newer]);
    await replica.release([newer]);
    expect(reserved).toEqual([newer.version]);
    expect(await replica.read([newer.key])).toEqual([null]);
    await expect(replica.apply([record("foreign", 6), record("own", 6)])).resolves.toEqual([
      { outcome: "stale", held: newer.version },
      { outcome: "stored", hadValue: false },
    ]);
    await expect(replica.apply([record("foreign", 8)])).resolves.toMatchObject([
      { outcome: "stored" },
    ]);
    await expect(replica.transfer([record("foreign", 9)])).resolves.toMatchObject([
      { outcome: "stored" },
    ]);
  });

  it("takes nothing older than an earlier start may have let go of", async () => {
    const { replica } = openReplica();
    replica.letGoUpTo(100);
    await expect(replica.apply([record("foreign", 99)])).resolves.toMatchObject([
      { outcome: "stale" },
    ]);
    await expect(replica.apply([record("own", 99), record("foreign", 101)])).resolves.toMatchObject(
      [{ outcome: "stored" }, { outcome: "stored" }],
    );
  });

  it("reads its own copies in the order of the keys, null for none", async () => {
    const { replica } = openReplica();
    await replica.apply([record("a", 1), record("b", 2)]);
    const copies = await replica.read(["b", "none", "a"] as Key[]);
    expect(copies.map((copy) => (copy as PackedRecord | null)?.key ?? null)).toEqual([
      "b",
      null,
      "a",
    ]);
  });

  it("gives out no damaged copy, and says where it has met one", async () => {
    const { replica, store, noted } = openReplica();
    await replica.apply([record("a", 1), record("b", 2)]);
    store.damage("b" as Key);
    const keys = ["a", "b"] as Key[];
    expect(await replica.read(keys)).toEqual([record("a", 1), "damaged"]);
    expect(await replica.copies(keys)).toEqual([record("a", 1), "damaged"]);
    const partition = partitionOf("b" as Key);
    const page = await replica.page({ partition, cursor: null });
    expect(page).toEqual({ records: [], damaged: [], cursor: null });
    expect(noted).toEqual([partition, partition, partition]);
  });

  it("has a version mended that no clock can have stamped, and never tells it", async () => {
    const { replica, store, mending } = openReplica();
    await replica.apply([record("a", 1), record("b", 2)]);
    store.damage("b" as Key, 0);
    mending.now = () => store.records.delete("b" as Key);
    const outcomes = await replica.apply([record("a", 3), record("b", 3)]);
    expect(outcomes).toEqual([
      { outcome: "stored", hadValue: true },
      { outcome: "stored", hadValue: false },
    ]);
  });

  it("has no answer while such a version cannot be mended", async () => {
    const { replica, store, mending } = openReplica();
    await replica.apply([record("b", 2)]);
    store.damage("b" as Key, 0);
    await expect(replica.apply([record("b", 3)])).rejects.toThrow(StoreUnavailable);
    mending.now = () => {
      throw new StoreUnavailable("away");
    };
    await expect(replica.apply([record("b", 3)])).rejects.toThrow(StoreUnavailable);
  });

  it("stores while it recovers, and does not vouch for what it stores", async () => {
    const { replica, standing, store } = openReplica();
    standing.isRecovered = false;
    const [taken, repeated, stale] = [record("k", 5), record("k", 5), record("k", 4)];
    expect([
      ...(await replica.apply([taken])),
      ...(await replica.apply([repeated])),
      ...(await replica.apply([stale])),
    ]).toEqual([
      { outcome: "unvouched" },
      { outcome: "unvouched" },
      { outcome: "stale", held: version(5) },
    ]);
    expect(store.records.get("k" as Key)).toEqual(taken);
    // What others have vouched for is another matter.
    expect(await replica.transfer([record("k", 6)])).toMatchObject([{ outcome: "stored" }]);
  });

  it("tells no client what is here while it recovers, but tells other nodes", async () => {
    const { replica, standing } = openReplica();
    await replica.apply([record("a", 1)]);
    standing.isRecovered = false;
    await expect(replica.read(["a" as Key])).rejects.toThrow(Recovering);
    expect(await replica.copies(["a" as Key])).toEqual([record("a", 1)]);
    const page = await replica.page({ partition: partitionOf("a" as Key), cursor: null });
    expect(page).toEqual({ records: [record("a", 1)], damaged: [], cursor: null });
  });

  it("says for which foreign partitions it has taken a record, a restored one too", async () => {
    const { replica, stoodIn } = openReplica();
    await replica.apply([record("own", 1), record("foreign", 2)]);
    await replica.apply([record("foreign", 1)]); // Stale: it has nothing new for anybody.
    await replica.transfer([record("foreign", 3)]);
    await replica.transfer([record("foreign", 1)]);
    const foreign = partitionOf("foreign" as Key);
    expect(stoodIn).toEqual([foreign, foreign]);
  });

  it("passes on that its store is away", async () => {
    const { replica, store } = openReplica();
    store.isAway = true;
    await expect(replica.apply([record("a", 1)])).rejects.toThrow(StoreUnavailable);
    await expect(replica.read(["a" as Key])).rejects.toThrow(StoreUnavailable);
  });
});

describe("a purge", () => {
  const tombstone = (key: string, ms: number) => record(key, ms, { value: null });
  /** The oldest clock of the stage reads this much more than what may be purged. */
  const OLD_MS = 800;

  async function openPurged() {
    const opened = openReplica();
    opened.clock.epochMs = OLD_MS + PURGE_AGE_MS;
    await opened.replica.transfer([tombstone("k", OLD_MS), tombstone("young", OLD_MS + 1)]);
    return opened;
  }

  it("forgets what is old by this node's own clock, and says what that was", async () => {
    const { replica, store } = await openPurged();
    const asked = [tombstone("young", OLD_MS + 1), tombstone("k", OLD_MS), tombstone("none", 1)];
    expect(await replica.purge(asked)).toEqual([false, true, false]);
    expect([...store.records.keys()]).toEqual(["young"]);
  });

  it("takes no client's write for new that is older, and does not store it", async () => {
    const { replica, store } = await openPurged();
    await replica.purge([tombstone("k", OLD_MS)]);
    const written = [record("k", OLD_MS - 1), record("other", OLD_MS + 1), record("third", OLD_MS)];
    expect(await replica.apply(written)).toEqual([
      { outcome: "stale", held: version(OLD_MS) },
      { outcome: "stored", hadValue: false },
      { outcome: "stale", held: version(OLD_MS) },
    ]);
    expect([...store.records.keys()]).toEqual(["young", "other"]);
  });

  it("keeps every answer with its record, also when damage is mended on the way", async () => {
    const { replica, store, mending } = await openPurged();
    await replica.transfer([record("odd", OLD_MS + 2), record("newer", OLD_MS + 9)]);
    await replica.purge([tombstone("k", OLD_MS)]);
    store.damage("odd" as Key, 0);
    mending.now = () => store.records.delete("odd" as Key);
    const written = [
      record("k", OLD_MS - 1),
      record("odd", OLD_MS + 4),
      record("newer", OLD_MS + 3),
      record("third", OLD_MS),
      record("last", OLD_MS + 5),
    ];
    expect(await replica.apply(written)).toEqual([
      { outcome: "stale", held: version(OLD_MS) },
      { outcome: "stored", hadValue: false },
      { outcome: "stale", held: version(OLD_MS + 9) },
      { outcome: "stale", held: version(OLD_MS) },
      { outcome: "stored", hadValue: false },
    ]);
  });

  it("keeps no transfer out: what was accepted elsewhere is a fact", async () => {
    const { replica } = await openPurged();
    await replica.purge([tombstone("k", OLD_MS)]);
    expect(await replica.transfer([record("k", 1)])).toMatchObject([{ outcome: "stored" }]);
  });

  it("is remembered across restarts by the clock's mark", async () => {
    const { replica, store } = openReplica();
    replica.startAt(PURGE_AGE_MS + 500);
    expect(await replica.apply([record("a", 499), record("b", 501)])).toMatchObject([
      { outcome: "stale" },
      { outcome: "stored" },
    ]);
    expect([...store.records.keys()]).toEqual(["b"]);
  });

  it("does not let a peer push the versions of all writes into the future", async () => {
    const { replica } = await openPurged();
    expect(await replica.purge([tombstone("young", OLD_MS + 1)])).toEqual([false]);
    expect(await replica.apply([record("k2", 1)])).toMatchObject([{ outcome: "stored" }]);
  });
});
