/** Records brought back: to whom they go, what wins, and what is said of a restore that fails. */

import {
  InvalidSnapshot,
  type Key,
  msOf,
  type NodeId,
  ownersOf,
  type PackedRecord,
  partitionOf,
  unpackRecord,
  walkOf,
} from "@ringkv/core";
import { type MapStore, record } from "../test-support/fakes.js";
import { settle } from "../test-support/manual-clock.js";
import { MEMBERS, openNode, ring, SELF, THIRD } from "../test-support/node-stage.js";
import { type RestoreCommand, RestoreFailed } from "./restore.js";

const MERGE: RestoreCommand = { mode: "merge", dryRun: false };
const OVERWRITE: RestoreCommand = { mode: "overwrite", dryRun: false };
const [, SECOND] = MEMBERS as [NodeId, NodeId, NodeId];
const KEYS = Array.from({ length: 40 }, (_, index) => `key ${index}`);
const NOTHING = { restored: 0, skippedOlder: 0, skippedExpired: 0, total: 0 };

async function openStage() {
  const stage = openNode();
  await stage.node.start();
  await stage.clock.advance(2_000);
  const storeOf = (node: NodeId): MapStore =>
    node === SELF ? stage.store : (stage.peerStores.get(node) as MapStore);

  /** Lets time pass until the call has settled. */
  const drive = async <T>(call: Promise<T>): Promise<T> => {
    let isOver = false;
    call.then(
      () => (isOver = true),
      () => (isOver = true),
    );
    while (!isOver) {
      await settle();
      await stage.clock.advance(50);
    }
    return call;
  };
  const restore = (records: readonly PackedRecord[], command = MERGE) =>
    drive(stage.node.restore(inBatches(records), command));
  return { ...stage, storeOf, drive, restore };
}

type Stage = Awaited<ReturnType<typeof openStage>>;

async function* inBatches(records: readonly PackedRecord[], then: Error | null = null) {
  for (let from = 0; from < records.length; from += 7) yield records.slice(from, from + 7);
  if (then !== null) throw then;
}

const walkOfKey = (key: string) => walkOf(ring, partitionOf(key as Key));

/** Who holds the key, and when it was stamped: "node1 5, node2 6". */
function heldOf({ storeOf }: Stage, key: string): string {
  const held = MEMBERS.map((node) => ({ node, copy: storeOf(node).records.get(key as Key) }));
  const texts = held.map(({ node, copy }) => copy && `${node} ${msOf(copy.version)}`);
  return texts.filter((text) => text !== undefined).join(", ");
}

describe("merging", () => {
  it("brings each record to its owners, with its version", async () => {
    const stage = await openStage();
    const records = KEYS.map((key) => record(key, 5));
    expect(await stage.restore(records)).toEqual({ ...NOTHING, restored: 40, total: 40 });
    for (const key of KEYS) {
      const owners = ownersOf(walkOfKey(key), 2).toSorted();
      expect(heldOf(stage, key)).toBe(owners.map((node) => `${node} 5`).join(", "));
    }
  });

  it("brings deletions and expired records too, and changes nothing the second time", async () => {
    const stage = await openStage();
    const records = KEYS.map((key, index) =>
      record(key, 5, index % 2 ? { value: null } : { expiresAtMs: 6 }),
    );
    const report = await stage.restore(records);
    expect(report).toEqual({ ...NOTHING, restored: 40, total: 40 });
    expect(await stage.restore(records)).toEqual(report);
  });

  it("leaves what is newer, wherever it is", async () => {
    const stage = await openStage();
    const [key] = KEYS as [string];
    const [, other] = walkOfKey(key) as [NodeId, NodeId];
    stage.storeOf(other).records.set(key as Key, record(key, 9));
    const report = await stage.restore([record(key, 5)]);
    expect(report).toEqual({ ...NOTHING, skippedOlder: 1, total: 1 });
    expect(heldOf(stage, key)).toContain(`${other} 9`);
  });

  it("has a stand-in keep what an owner that is away should have", async () => {
    const stage = await openStage();
    stage.dead.add(SECOND);
    const records = KEYS.map((key) => record(key, 5));
    expect(await stage.restore(records)).toMatchObject({ restored: 40 });
    for (const key of KEYS) expect(heldOf(stage, key)).toBe(`${SELF} 5, ${THIRD} 5`);
    // As a stand-in this node owes what it holds for others.
    expect((await stage.node.status()).owed).toMatchObject({ [SECOND]: expect.any(Number) });
  });

  it("waits for a node that is away for a moment", async () => {
    const stage = await openStage();
    stage.dead.add(SECOND).add(THIRD);
    const restoring = stage.node.restore(inBatches([record("key 0", 5)]), MERGE);
    await stage.clock.advance(500);
    stage.dead.clear();
    expect(await stage.drive(restoring)).toMatchObject({ restored: 1 });
  });

  it("gives up when too few nodes can be reached, and says how far it got", async () => {
    const stage = await openStage();
    stage.dead.add(SECOND).add(THIRD);
    const failure = await stage.restore(KEYS.map((key) => record(key, 5))).catch((it) => it);
    expect(failure).toBeInstanceOf(RestoreFailed);
    expect(failure).toMatchObject({
      code: "quorum_unreachable",
      outcome: "unknown",
      retryable: true,
      report: { restored: 0, total: 0 },
    });
  });

  it("refuses a version from the future, which nobody could overwrite", async () => {
    const stage = await openStage();
    const future = stage.clock.wallMs() + 60_000;
    const failure = await stage
      .restore([record("key 0", 5), record("key 1", future)])
      .catch((it) => it);
    expect(failure).toMatchObject({ code: "invalid_snapshot", outcome: "not-applied" });
    expect(heldOf(stage, "key 1")).toBe("");
  });

  it("stamps above what it has restored", async () => {
    const stage = await openStage();
    const ahead = Math.floor(stage.clock.wallMs()) + 9_000;
    const [key] = KEYS as [string];
    await stage.restore([record(key, ahead)]);
    const told = { w: null, timeoutMs: null, contentType: "", expiresAtMs: null };
    const write = stage.node.write({ key: "other" as Key, value: Buffer.from("v"), ...told });
    const { version } = await stage.drive(write);
    expect(msOf(version)).toBeGreaterThanOrEqual(ahead);
  });

  it("keeps what came before a source failed, and says so", async () => {
    const stage = await openStage();
    const records = KEYS.map((key) => record(key, 5));
    const source = inBatches(records, new InvalidSnapshot("cut short"));
    const failure = await stage.drive(stage.node.restore(source, MERGE)).catch((it) => it);
    expect(failure).toMatchObject({
      code: "invalid_snapshot",
      message: "cut short",
      outcome: "unknown",
      report: { restored: 40, total: 40 },
    });
  });

  it("rejects with what the source threw when it is nothing that a client is told", async () => {
    const stage = await openStage();
    const source = inBatches([], new TypeError("a bug"));
    await expect(stage.node.restore(source, MERGE)).rejects.toThrow(TypeError);
  });

  it("leaves the source when it fails", async () => {
    const stage = await openStage();
    let isLeft = false;
    async function* endless() {
      try {
        for (let ms = 1; ; ms++) yield [record(`key ${ms}`, ms)];
      } finally {
        isLeft = true;
      }
    }
    stage.dead.add(SECOND).add(THIRD);
    await stage.drive(stage.node.restore(endless(), MERGE)).catch(() => {});
    expect(isLeft).toBe(true);
  });
});

describe("overwriting", () => {
  it("writes values anew, over what is newer, and repeats deletions", async () => {
    const stage = await openStage();
    const records = KEYS.map((key, index) => record(key, 5, index % 2 ? { value: null } : {}));
    for (const key of KEYS) {
      for (const node of ownersOf(walkOfKey(key), 2))
        stage.storeOf(node).records.set(key as Key, record(key, 9));
    }
    const report = await stage.restore(records, OVERWRITE);
    expect(report).toEqual({ ...NOTHING, restored: 40, total: 40 });
    for (const [index, key] of KEYS.entries()) {
      const [primary] = walkOfKey(key) as [NodeId];
      const held = unpackRecord(stage.storeOf(primary).records.get(key as Key) as PackedRecord);
      expect(msOf(held.version)).toBeGreaterThan(9);
      expect(held.value?.toString() ?? null).toBe(index % 2 ? null : `${key} at 5`);
    }
  });

  it("passes over what has expired, and leaves keys alone that it is not given", async () => {
    const stage = await openStage();
    for (const node of MEMBERS) stage.storeOf(node).records.set("b" as Key, record("b", 9));
    const report = await stage.restore([record("a", 5, { expiresAtMs: 6 })], OVERWRITE);
    expect(report).toEqual({ ...NOTHING, skippedExpired: 1, total: 1 });
    expect(heldOf(stage, "a")).toBe("");
    expect(heldOf(stage, "b")).toBe("node1 9, node2 9, node3 9");
  });

  it("tries a write again that too few nodes have answered", async () => {
    const stage = await openStage();
    stage.dead.add(SECOND).add(THIRD);
    const restoring = stage.node.restore(inBatches([record("key 0", 5)]), OVERWRITE);
    await stage.clock.advance(300);
    stage.dead.clear();
    expect(await stage.drive(restoring)).toMatchObject({ restored: 1 });
  });
});

describe("a dry run", () => {
  it.each([
    { mode: "merge" as const, expected: { restored: 20, skippedOlder: 20, total: 40 } },
    { mode: "overwrite" as const, expected: { restored: 40, total: 40 } },
  ])("says what $mode would do, and stores nothing", async ({ mode, expected }) => {
    const stage = await openStage();
    for (const [index, key] of KEYS.entries()) {
      const packed = record(key, index % 2 ? 9 : 4);
      for (const node of ownersOf(walkOfKey(key), 2))
        stage.storeOf(node).records.set(key as Key, packed);
    }
    const before = KEYS.map((key) => heldOf(stage, key));
    const records = KEYS.map((key) => record(key, 5));
    const dry = await stage.restore(records, { mode, dryRun: true });
    expect(dry).toEqual({ ...NOTHING, ...expected });
    expect(KEYS.map((key) => heldOf(stage, key))).toEqual(before);
    expect(await stage.restore(records, { mode, dryRun: false })).toEqual(dry);
  });
});

describe("what an operator is told of restores", () => {
  const counted = async ({ node }: Stage) => {
    const { restoresDone, restoresFailed, recordsRestored } = (await node.status()).counters;
    return [restoresDone, restoresFailed, recordsRestored];
  };
  const records = KEYS.map((key) => record(key, 5));

  it("counts those that are done and their records, and no dry runs", async () => {
    const stage = await openStage();
    await stage.restore(records, { ...MERGE, dryRun: true });
    await stage.restore(records);
    expect(await counted(stage)).toEqual([1, 0, 40]);
  });

  it("counts one that failed, with the records that it brought", async () => {
    const stage = await openStage();
    const broken = stage.node.restore(inBatches(records, new InvalidSnapshot("cut")), MERGE);
    await expect(stage.drive(broken)).rejects.toBeInstanceOf(RestoreFailed);
    expect(await counted(stage)).toEqual([0, 1, 40]);
  });
});
