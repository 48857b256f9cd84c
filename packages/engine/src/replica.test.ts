import { type Key, partitionOf, Recovering, StoreUnavailable } from "@ringkv/core";
import { MapStore, record, version } from "../test-support/fakes.js";
import { ManualClock } from "../test-support/manual-clock.js";
import { VersionBeyondClock } from "./ports/peers.js";
import { Replica } from "./replica.js";

const BEYOND_MS = 1_000;

function openReplica() {
  const store = new MapStore();
  const isBeyondClock = (ms: number) => ms > BEYOND_MS;
  const reserved: string[] = [];
  const standing = { isRecovered: true };
  const stoodIn: number[] = [];
  const replica = new Replica({
    store,
    clock: new ManualClock(),
    isBeyondClock,
    isForeign: (partition) => partition === partitionOf("foreign" as Key),
    reserveClock: async (upTo) => void reserved.push(upTo),
    isRecovered: () => standing.isRecovered,
    servesReads: () => standing.isRecovered,
    standsIn: (partition) => void stoodIn.push(partition),
  });
  return { store, replica, reserved, standing, stoodIn };
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
    replica.forgetUpTo(100);
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
    expect(copies.map((copy) => copy?.key ?? null)).toEqual(["b", null, "a"]);
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
    expect(page).toEqual({ records: [record("a", 1)], cursor: null });
  });

  it("says for which foreign partitions it has taken a client's record", async () => {
    const { replica, stoodIn } = openReplica();
    await replica.apply([record("own", 1), record("foreign", 2)]);
    await replica.apply([record("foreign", 1)]); // Stale: it has nothing new for anybody.
    await replica.transfer([record("foreign", 3)]);
    expect(stoodIn).toEqual([partitionOf("foreign" as Key)]);
  });

  it("passes on that its store is away", async () => {
    const { replica, store } = openReplica();
    store.isAway = true;
    await expect(replica.apply([record("a", 1)])).rejects.toThrow(StoreUnavailable);
    await expect(replica.read(["a" as Key])).rejects.toThrow(StoreUnavailable);
  });
});
