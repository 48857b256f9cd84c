/** What the chaos says about time: gaps of those who were left alone, detection, calm, effect. */

import type { Operation } from "../../scripts/chaos/history.mjs";
import type { Incident } from "../../scripts/chaos/incidents.mjs";
import {
  calmWriteRate,
  longestGap,
  longestUnnoticed,
  unnoticed,
} from "../../scripts/chaos/timing.mjs";
import type { Sighting } from "../../scripts/chaos/watch.mjs";

const NODES = ["node1", "node2", "node3"];
const HOMES = new Map([
  ["ann", "node1"],
  ["bob", "node2"],
  ["eve", null],
]);

function done(client: string, endMs: number, more: Partial<Operation> = {}): Operation {
  return {
    kind: "put",
    client,
    node: HOMES.get(client) ?? "node3",
    key: "k",
    value: "v",
    r: 0,
    beginMs: endMs - 1,
    endMs,
    outcome: "ok",
    version: "1",
    said: "",
    ...more,
  };
}

/** A success every `stepMs`. */
function steady(client: string, { fromMs = 0, toMs = 20_000, stepMs = 50 } = {}): Operation[] {
  const count = Math.floor((toMs - fromMs) / stepMs);
  return Array.from({ length: count }, (_, index) => {
    return done(client, fromMs + stepMs * index);
  });
}

function incident(more: Partial<Incident> = {}): Incident {
  const times = { beganMs: 1_000, healedMs: 8_500, wholeMs: 9_000 };
  return { victims: ["node2"], what: "", ...times, ...more };
}

describe("longestGap", () => {
  const round = { incidents: [incident()], endMs: 20_000 };
  const sorted = (...lists: Operation[][]) => lists.flat().toSorted((a, b) => a.endMs - b.endMs);

  it("finds nothing but the pace when somebody's work goes on", () => {
    expect(longestGap(steady("ann"), HOMES, round)?.ms).toBe(50);
  });

  it("names who got nothing done, at which node, and since when", () => {
    const operations = [...steady("ann", { toMs: 2_000 }), ...steady("ann", { fromMs: 4_000 })];
    expect(longestGap(operations, HOMES, round)).toMatchObject({
      ms: 2_050,
      client: "ann",
      node: "node1",
      fromMs: 1_950,
    });
  });

  it.each([
    {
      why: "clients of the victim have a reason",
      operations: sorted(steady("ann"), steady("bob", { toMs: 1_000 })),
    },
    {
      why: "who asks any node may have asked the victim",
      operations: sorted(steady("ann"), steady("eve", { toMs: 1_000 })),
    },
    {
      why: "before the fault nothing was promised by it",
      operations: steady("ann", { fromMs: 950 }),
    },
  ])("does not count it: $why", ({ operations }) => {
    expect(longestGap(operations, HOMES, round)?.ms).toBeLessThanOrEqual(150);
  });

  it("is not deceived by failures", () => {
    const failed = steady("ann").map((operation) => {
      return operation.endMs > 5_000 ? { ...operation, outcome: "refused" as const } : operation;
    });
    expect(longestGap(failed, HOMES, round)?.ms).toBeGreaterThan(14_000);
  });

  it("begins with the last success before the fault", () => {
    const operations = [...steady("ann", { toMs: 800 }), ...steady("ann", { fromMs: 1_500 })];
    expect(longestGap(operations, HOMES, round)).toMatchObject({ ms: 750, fromMs: 750 });
  });

  it("is null where nobody was left alone", () => {
    const incidents = [incident({ victims: NODES })];
    expect(longestGap(steady("ann"), HOMES, { incidents, endMs: 20_000 })).toBeNull();
  });
});

describe("longestUnnoticed", () => {
  const seen = (by: string, atMs: number, state = "down"): Sighting => ({
    by,
    node: "node2",
    state,
    atMs,
  });

  it.each([
    {
      sightings: [seen("node1", 5_900), seen("node3", 6_100)],
      expected: 5_100,
      why: "the later one",
    },
    { sightings: [seen("node1", 5_900)], expected: Infinity, why: "node3 never noticed" },
    {
      sightings: [seen("node1", 5_900), seen("node3", 6_100, "suspect")],
      expected: Infinity,
      why: "suspect is not down",
    },
    {
      sightings: [seen("node1", 500), seen("node3", 6_100)],
      expected: Infinity,
      why: "before the fault",
    },
    {
      sightings: [seen("node1", 5_900), seen("node3", 12_000)],
      expected: Infinity,
      why: "long after it",
    },
  ])("gives $expected: $why", ({ sightings, expected }) => {
    expect(longestUnnoticed([incident()], sightings, NODES)).toBe(expected);
  });

  it("demands nothing of a fault that was soon over", () => {
    expect(longestUnnoticed([incident({ healedMs: 4_000 })], [], NODES)).toBeNull();
  });
});

describe("calmWriteRate", () => {
  const times = { startMs: 0, endMs: 10_000 };

  it("counts acknowledged writes while nothing was broken, by the time that this was", () => {
    const writes = [done("ann", 500), done("ann", 2_000), done("ann", 9_500)];
    const refused = done("ann", 600, { outcome: "refused" });
    expect(calmWriteRate([...writes, refused], { ...times, incidents: [incident()] })).toBe(1);
  });

  it("is 0 where it was never calm", () => {
    const incidents = [incident({ beganMs: 0, wholeMs: null })];
    expect(calmWriteRate([done("ann", 500)], { ...times, incidents })).toBe(0);
  });
});

describe("unnoticed", () => {
  const failure = done("bob", 2_000, { outcome: "unknown" });
  const missed: Sighting = { by: "node1", node: "node2", state: "suspect", atMs: 3_000 };

  it.each([
    { operations: [failure], sightings: [], expected: 0, why: "a client of the victim failed" },
    { operations: [], sightings: [missed], expected: 0, why: "another node missed it" },
    { operations: [], sightings: [], expected: 1, why: "nobody noticed" },
    {
      operations: [{ ...failure, node: "node1" }],
      sightings: [],
      expected: 1,
      why: "another node's client",
    },
    {
      operations: [{ ...failure, endMs: 900 }],
      sightings: [],
      expected: 1,
      why: "before the fault",
    },
    {
      operations: [],
      sightings: [{ ...missed, by: "node2" }],
      expected: 1,
      why: "the victim's own view",
    },
    { operations: [], sightings: [{ ...missed, state: "up" }], expected: 1, why: "seen as up" },
  ])("counts $expected: $why", ({ operations, sightings, expected }) => {
    expect(unnoticed([incident()], operations, sightings)).toHaveLength(expected);
  });
});
