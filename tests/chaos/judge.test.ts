/** The judge of the chaos: what it lets pass, and that it notices when a history is altered. */

import type { History, Operation } from "../../scripts/chaos/history.mjs";
import { judge } from "../../scripts/chaos/judge.mjs";

const STEP_MS = 10;

interface Told {
  readonly writes?: readonly string[];
  readonly reads?: readonly string[];
  readonly finals?: readonly string[];
}

/**
 * One operation in a few words: `put a 7 ok` writes value a and is acknowledged with version 7,
 * `delete 8 ok`, `put b - unknown`, `put c - refused`, `read a 7`, `read nothing 8`, `read failed`.
 */
function operation(words: string, index: number): Operation {
  const [verb = "", ...rest] = words.split(" ");
  const beginMs = STEP_MS * index;
  const base = { client: "x", node: "node1", key: "k", beginMs, endMs: beginMs + 1, said: "" };
  const versionOf = (text = "-") => (text === "-" ? null : text.padStart(20, "0"));
  if (verb === "read") {
    const [what = "", version] = rest;
    const outcome = what === "failed" ? "unknown" : "ok";
    const value = what === "nothing" || what === "failed" ? null : what;
    return { ...base, kind: "get", value, version: versionOf(version), outcome, r: 1 };
  }
  const value = verb === "put" ? (rest.shift() ?? "") : null;
  const [version, outcome = ""] = rest;
  return {
    ...base,
    kind: verb as "put" | "delete",
    value,
    version: versionOf(version),
    outcome: outcome as Operation["outcome"],
    r: 0,
  };
}

/** The writes one after the other, then the reads, then what was read at the end. */
function historyOf({ writes = [], reads = [], finals = [] }: Told): History {
  const all = [...writes, ...reads, ...finals].map(operation);
  const underLoad = writes.length + reads.length;
  return {
    writes: all.slice(0, writes.length),
    reads: all.slice(writes.length, underLoad),
    finalReads: all.slice(underLoad),
  };
}

function countsOf(told: Told) {
  const { lost, zombies, invented, stale, late } = judge(historyOf(told));
  const lists = [lost, zombies, invented, stale];
  const [losses, back, made, old] = lists.map(({ length }) => length);
  return `lost ${losses}, zombies ${back}, invented ${made}, stale ${old}, late ${late}`;
}

const CLEAN = "lost 0, zombies 0, invented 0, stale 0, late 0";

describe("what is left at the end", () => {
  it.each([
    { writes: ["put a 1 ok"], finals: ["read a 1"], expected: CLEAN, why: "as it was written" },
    { writes: [], finals: ["read nothing -"], expected: CLEAN, why: "nothing was ever written" },
    {
      writes: ["put a 1 ok", "put b 2 ok"],
      finals: ["read b 2"],
      expected: CLEAN,
      why: "the newest",
    },
    {
      writes: ["put a 1 ok", "delete 2 ok"],
      finals: ["read nothing 2"],
      expected: CLEAN,
      why: "deleted",
    },
    {
      writes: ["put a 1 ok", "delete 2 ok"],
      finals: ["read nothing -"],
      expected: CLEAN,
      why: "deleted, and its marker purged",
    },
    {
      writes: ["put a 1 ok", "put b - refused"],
      finals: ["read a 1"],
      expected: CLEAN,
      why: "what was refused is not there",
    },
    {
      writes: ["put a 1 ok", "put b - unknown"],
      finals: ["read a 1"],
      expected: CLEAN,
      why: "what was unknown never came",
    },
    {
      writes: ["put a 1 ok", "put b - unknown"],
      finals: ["read b 2"],
      expected: CLEAN.replace("late 0", "late 1"),
      why: "what was unknown came",
    },
    {
      writes: ["put b - unknown", "put a 1 ok"],
      finals: ["read b 2"],
      expected: CLEAN.replace("late 0", "late 1"),
      why: "it may even come after a later write",
    },
    {
      writes: ["put a 1 ok", "delete - unknown"],
      finals: ["read nothing 2"],
      expected: CLEAN.replace("late 0", "late 1"),
      why: "an unknown deletion came",
    },
    {
      writes: ["put a - unknown"],
      finals: ["read nothing -"],
      expected: CLEAN,
      why: "nothing was acknowledged",
    },
  ])("is right: $why", ({ writes, finals, expected }) => {
    expect(countsOf({ writes, finals })).toBe(expected);
  });

  it.each([
    { writes: ["put a 1 ok"], finals: ["read nothing -"], why: "it is gone" },
    {
      writes: ["put a 1 ok", "put b 2 ok"],
      finals: ["read a 1"],
      why: "an older write is in its place",
    },
    {
      writes: ["put a 1 ok", "put b 2 ok"],
      finals: ["read b 2", "read a 1"],
      why: "one node has an older one",
    },
    { writes: ["put a 1 ok"], finals: ["read failed"], why: "it cannot be read" },
    {
      writes: ["put a 1 ok", "delete - unknown"],
      finals: ["read nothing -"],
      why: "a deletion that no node holds explains nothing",
    },
    {
      writes: ["delete - unknown", "put a 2 ok"],
      finals: ["read nothing 1"],
      why: "the deletion is older",
    },
    {
      writes: ["put a 1 ok", "delete - refused"],
      finals: ["read nothing 2"],
      why: "a refused deletion was applied",
    },
    {
      writes: ["put a 2 ok", "put b 1 ok"],
      finals: ["read a 2"],
      why: "the later write got the lower version",
    },
    {
      writes: ["put a 1 ok", "put b 2 ok"],
      finals: ["read a 3"],
      why: "the older write came back with a newer version",
    },
  ])("is lost: $why", ({ writes, finals }) => {
    expect(judge(historyOf({ writes, finals })).lost).toHaveLength(1);
  });

  it.each([
    {
      writes: ["put a 1 ok", "delete 2 ok"],
      finals: ["read a 1"],
      why: "the deleted value is back",
    },
    {
      writes: ["put a - unknown", "delete 2 ok"],
      finals: ["read a 1"],
      why: "so is one that was never acknowledged",
    },
  ])("is a zombie: $why", ({ writes, finals }) => {
    const { zombies, lost } = judge(historyOf({ writes, finals }));
    expect([zombies.length, lost.length]).toEqual([1, 0]);
  });

  it.each([
    { writes: [], finals: ["read a 1"], why: "nobody wrote it" },
    { writes: ["put a - refused"], finals: ["read a 1"], why: "its write was refused" },
  ])("is invented: $why", ({ writes, finals }) => {
    expect(judge(historyOf({ writes, finals })).invented).toHaveLength(1);
  });

  it("is invented when the value belongs to another key", () => {
    const history = historyOf({ writes: ["put a 1 ok"], finals: ["read a 1"] });
    const finalReads = history.finalReads.map((read) => ({ ...read, key: "other" }));
    expect(judge({ ...history, finalReads }).invented).toHaveLength(1);
  });
});

describe("a read under load", () => {
  it.each([
    { writes: ["put a 1 ok", "put b 2 ok"], reads: ["read b 2"], stale: 0, why: "the newest" },
    { writes: ["put a 1 ok", "put b 2 ok"], reads: ["read a 1"], stale: 1, why: "an older one" },
    { writes: ["put a 1 ok"], reads: ["read nothing -"], stale: 1, why: "none yet" },
    { writes: ["put a 1 ok", "delete 2 ok"], reads: ["read nothing -"], stale: 0, why: "deleted" },
    {
      writes: ["put a 1 ok", "delete 2 ok"],
      reads: ["read a 1"],
      stale: 1,
      why: "not deleted yet",
    },
    {
      writes: ["put a 1 ok", "delete - unknown"],
      reads: ["read nothing -"],
      stale: 0,
      why: "perhaps deleted",
    },
    {
      writes: ["put a 1 ok", "delete - refused"],
      reads: ["read nothing -"],
      stale: 1,
      why: "not deleted at all",
    },
    {
      writes: ["delete 1 ok", "put a 2 ok"],
      reads: ["read nothing -"],
      stale: 1,
      why: "deleted before",
    },
    {
      writes: ["put a 1 ok", "put b - unknown"],
      reads: ["read b 2"],
      stale: 0,
      why: "newer than acknowledged",
    },
    { writes: ["put a 1 ok"], reads: ["read failed"], stale: 0, why: "it says nothing" },
  ])("is counted $stale times as stale: $why", ({ writes, reads, stale }) => {
    const judgement = judge(historyOf({ writes, reads }));
    expect(judgement.stale).toHaveLength(stale);
    expect(judgement.lost).toEqual([]);
  });

  it("that ran beside the write owes it nothing", () => {
    const history = historyOf({ writes: ["put a 1 ok", "put b 2 ok"], reads: ["read a 1"] });
    const reads = history.reads.map((read) => ({ ...read, beginMs: STEP_MS }));
    expect(judge({ ...history, reads }).stale).toEqual([]);
  });

  it("cannot see what is not written yet", () => {
    const history = historyOf({ writes: ["put a 1 ok"], reads: ["read a 1"] });
    const reads = history.reads.map((read) => ({ ...read, beginMs: -2, endMs: -1 }));
    expect(judge({ ...history, reads }).invented).toHaveLength(1);
  });
});

describe("a long, true history that is tampered with", () => {
  const KEYS = 20;
  const WRITES_PER_KEY = 30;

  /** Every key written again and again, now and then deleted, and read everywhere at the end. */
  function trueHistory(): History {
    const history: History = { writes: [], reads: [], finalReads: [] };
    for (let index = 0; index < KEYS; index++) {
      const key = `k${index}`;
      const words = Array.from({ length: WRITES_PER_KEY }, (_, number) => {
        const version = 100 + number;
        if (number % 9 === 8) return `delete ${version} ok`;
        if (number % 7 === 6) return `put ${key}-${number} - unknown`;
        return `put ${key}-${number} ${version} ok`;
      });
      history.writes.push(...words.map(operation).map((it) => ({ ...it, key })));
      const last = WRITES_PER_KEY - 1;
      for (const node of ["node1", "node2", "node3"]) {
        const read = operation(`read ${key}-${last} ${100 + last}`, WRITES_PER_KEY);
        history.finalReads.push({ ...read, key, node });
      }
    }
    return history;
  }

  it("is clean as it is", () => {
    const { lost, zombies, invented, stale, late } = judge(trueHistory());
    expect([lost, zombies, invented, stale, late]).toEqual([[], [], [], [], 0]);
  });

  it.each(Array.from({ length: 3 * KEYS }, (_, index) => index))(
    "is not when final read %i loses its value",
    (index) => {
      const history = trueHistory();
      history.finalReads[index] = { ...history.finalReads[index], value: null } as Operation;
      expect(judge(history).lost).toHaveLength(1);
    },
  );

  it.each(Array.from({ length: WRITES_PER_KEY }, (_, number) => number))(
    "is not when a read gives the answer to write %i instead of the last one",
    (number) => {
      const history = trueHistory();
      const write = history.writes[number] as Operation;
      const { value, version } = write;
      history.finalReads[0] = { ...history.finalReads[0], value, version } as Operation;
      expect(judge(history).lost).toHaveLength(number === WRITES_PER_KEY - 1 ? 0 : 1);
    },
  );

  it("is not when a deletion is acknowledged that left the value in place", () => {
    const history = trueHistory();
    const deletion = { ...operation("delete 999 ok", WRITES_PER_KEY - 0.5), key: "k3" };
    history.writes.push(deletion);
    expect(judge(history).zombies).toHaveLength(3);
  });

  it("is not when an acknowledged write turns out to have been refused", () => {
    const history = trueHistory();
    const last = history.writes[WRITES_PER_KEY - 1] as Operation;
    history.writes[WRITES_PER_KEY - 1] = { ...last, outcome: "refused" };
    expect(judge(history).invented).toHaveLength(3);
  });
});
