import type { Key, NodeId, Version } from "@ringkv/core";
import { judge } from "./checkers.js";
import type { History, ReadOperation, WriteOperation } from "./history.js";
import { UniverseFactory } from "./sim-universe.js";

const KEY = "k" as Key;
const [A, B, C] = ["a", "b", "c"] as [NodeId, NodeId, NodeId];
const version = (number: number) => number.toString(16).padStart(20, "0") as Version;

function write(change: Partial<WriteOperation>): WriteOperation {
  return {
    id: 1,
    key: KEY,
    node: A,
    invokedAtMs: 0,
    respondedAtMs: 10,
    outcome: "ok",
    value: "one",
    expiresAtMs: null,
    clocksHeard: new Map(),
    version: version(1),
    stored: [A, B],
    ...change,
  };
}

function read(change: Partial<ReadOperation>): ReadOperation {
  return {
    id: 9,
    key: KEY,
    node: B,
    invokedAtMs: 100,
    respondedAtMs: 110,
    outcome: "ok",
    r: 1,
    isFinal: true,
    value: "one",
    version: version(1),
    wallMs: 0,
    ownersWithout: 0,
    someHeldAbsence: false,
    ...change,
  };
}

const FIRST = write({});
const SECOND = write({
  id: 2,
  node: C,
  invokedAtMs: 20,
  respondedAtMs: 30,
  value: "two",
  version: version(2),
  stored: [B, C],
});
const DELETION = { ...SECOND, value: null };

function historyOf(change: Partial<History>): History {
  return {
    members: [A, B, C],
    replicaCount: 2,
    writeQuorum: 2,
    writes: [FIRST, SECOND],
    reads: [],
    lists: [],
    purged: [],
    stamps: new Map([
      [version(1), { node: A, atMs: 1, operationValue: "one" }],
      [version(2), { node: C, atMs: 21, operationValue: "two" }],
    ]),
    ...change,
  };
}

const broken = (history: History) => judge(history).violations.map(({ invariant }) => invariant);

describe("judge", () => {
  it("finds nothing in a history without fault", () => {
    const reads = [read({ value: "two", version: version(2) })];
    expect(broken(historyOf({ reads }))).toEqual([]);
  });

  it("A1: misses an acknowledged write after healing", () => {
    expect(broken(historyOf({ reads: [read({})] }))).toEqual(["A1"]);
  });

  it("A1: misses one that is gone altogether", () => {
    const reads = [read({ value: null, version: null, ownersWithout: 2 })];
    expect(broken(historyOf({ reads }))).toEqual(["A1", "A1"]);
  });

  it("A1: an acknowledgement below what was acknowledged before is a loss already", () => {
    expect(broken(historyOf({ writes: [{ ...FIRST, version: version(3) }, SECOND] }))).toEqual([
      "A1",
    ]);
  });

  it("A2: a value that is back after its deletion", () => {
    expect(broken(historyOf({ writes: [FIRST, DELETION], reads: [read({})] }))).toEqual(["A2"]);
  });

  it.each([
    { outcome: "unknown" as const, why: "it may never have happened" },
    { outcome: "refused" as const, why: "it has not happened" },
  ])("demands nothing of a write that is $outcome: $why", ({ outcome }) => {
    const writes = [FIRST, { ...SECOND, outcome, version: null }];
    expect(broken(historyOf({ writes, reads: [read({})] }))).toEqual([]);
  });

  it("orders concurrent writes either way", () => {
    const writes = [
      { ...FIRST, version: version(3) },
      { ...SECOND, invokedAtMs: 5 },
    ];
    expect(broken(historyOf({ writes }))).toEqual([]);
  });

  it("lets an unknown write appear after all, but not a refused one", () => {
    const reads = [read({ isFinal: false, value: "two", version: version(2) })];
    const late = (outcome: "unknown" | "refused") => [FIRST, { ...SECOND, outcome, version: null }];
    expect(broken(historyOf({ writes: late("unknown"), reads }))).toEqual([]);
    expect(broken(historyOf({ writes: late("refused"), reads }))).toEqual(["A4"]);
  });

  it.each([
    { change: { value: "three" }, why: "nobody wrote it" },
    { change: { key: "other" as Key }, why: "it was written to another key" },
    { change: { value: null, version: null }, why: "every owner had a value" },
    { change: { value: null }, why: "the version that was found has a value" },
  ])("A4: $why", ({ change }) => {
    const writes = [FIRST];
    expect(broken(historyOf({ writes, reads: [read({ isFinal: false, ...change })] }))).toEqual([
      "A4",
    ]);
  });

  it("believes an absence that an owner, or a deletion anywhere, accounts for", () => {
    const absent = { isFinal: false, value: null, version: null };
    const reads = [
      read({ ...absent, ownersWithout: 1 }),
      read({ ...absent, someHeldAbsence: true }),
    ];
    expect(broken(historyOf({ writes: [FIRST], reads }))).toEqual([]);
  });

  it("A5: a stale read is counted, and is a fault only where the quorums must meet", () => {
    const reads = [read({ isFinal: false, r: 2 })];
    const loose = judge(historyOf({ reads }));
    expect(loose.violations).toEqual([]);
    expect(loose.staleReads).toEqual(new Map([[2, 1]]));
    expect(broken(historyOf({ reads, replicaCount: 3 }))).toEqual(["A5"]);
  });

  const goneBy = (atMs: number, covered: number) => [
    { key: KEY, version: version(covered), atMs, hadExpired: false },
  ];

  it.each([
    { purged: goneBy(50, 2), found: [], why: "its deletion was purged, and all that it covered" },
    { purged: [], found: ["A1", "A1"], why: "nothing was purged" },
    { purged: goneBy(50, 1), found: ["A1"], why: "what was purged was older" },
    { purged: goneBy(111, 2), found: ["A1", "A1"], why: "that was after the read" },
    {
      purged: goneBy(50, 2).map((one) => ({ ...one, key: "other" as Key })),
      found: ["A1", "A1"],
      why: "that was another key",
    },
  ])("finds $found in a read without a version: $why", ({ purged, found }) => {
    const reads = [read({ value: null, version: null, ownersWithout: 2 })];
    expect(broken(historyOf({ writes: [FIRST, DELETION], reads, purged }))).toEqual(found);
  });

  it("A2: a purge excuses no value that is back", () => {
    const purged = goneBy(50, 2);
    expect(broken(historyOf({ writes: [FIRST, DELETION], reads: [read({})], purged }))).toEqual([
      "A2",
    ]);
  });

  it("A5: a purged deletion is not missed, a value that came after it is", () => {
    const reads = [read({ isFinal: false, r: 2, value: null, version: null, ownersWithout: 2 })];
    const strict = { replicaCount: 3, reads, writes: [FIRST, DELETION] };
    expect(broken(historyOf({ ...strict, purged: goneBy(50, 2) }))).toEqual([]);
    expect(broken(historyOf({ ...strict, purged: goneBy(50, 1) }))).toEqual(["A5"]);
  });

  it("excuses a wrong order only where clocks alone could know, and had not heard", () => {
    const members = ["a", "b", "c", "d", "e"] as NodeId[];
    const stamps = new Map([[version(3), { node: A, atMs: 1, operationValue: "one" }]]);
    const lost = { ...FIRST, version: version(3) };
    const race = { members, stamps, writes: [lost, { ...SECOND, stored: [C, "d" as NodeId] }] };
    expect(judge(historyOf(race))).toMatchObject({ violations: [], clockRaces: 1 });
    const atOnce = { ...SECOND, stored: [C, "d" as NodeId], clocksHeard: new Map([[A, 1]]) };
    expect(judge(historyOf({ ...race, writes: [lost, atOnce] })).clockRaces).toBe(1);

    const heard = { ...SECOND, stored: [C, "d" as NodeId], clocksHeard: new Map([[A, 2]]) };
    expect(broken(historyOf({ ...race, writes: [lost, heard] }))).toEqual(["A1"]);
    expect(broken(historyOf({ ...race, writes: [lost, SECOND] }))).toEqual(["A1"]);
    expect(broken(historyOf({ ...race, members: [A, B, C] }))).toEqual(["A1"]);
  });

  it("notices when a true history is tampered with", async () => {
    const { history } = await new UniverseFactory().run(2, {
      mix: "broad",
      only: null,
      trace: null,
    });
    expect(judge(history).violations).toEqual([]);
    const last = history.reads.findLast(({ isFinal, value }) => isFinal && value !== null);
    const older = history.writes.find(
      (it) =>
        it.key === last?.key && it.value !== null && it.version !== null && it.outcome === "ok",
    );
    if (last === undefined || older === undefined) throw new Error("choose another seed");
    last.value = older.value;
    last.version = older.version;
    expect(broken(history)).toContain("A1");
  });
});
