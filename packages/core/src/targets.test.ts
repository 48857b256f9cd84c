import { readTargets, type StateOf, writeTargets } from "./targets.js";
import type { MemberState, NodeId } from "./types.js";

const MARKS: Record<string, MemberState> = {
  "+": "up",
  "?": "suspect",
  "-": "down",
  "~": "recovering",
  "!": "up",
};

/**
 * "A+ B- C?" is a walk of three: A up, B down, C suspect (and `~`: recovering, `!`: up, and known
 * to be behind).
 */
function parse(script: string) {
  const members = script.split(" ").map((word) => [word.slice(0, 1), word.slice(1)] as const);
  const states = new Map(members.map(([name, mark]) => [name as NodeId, MARKS[mark] ?? "down"]));
  const behind = members.filter(([, mark]) => mark === "!").map(([name]) => name);
  const stateOf: StateOf = (node) => states.get(node) ?? "down";
  return { walk: [...states.keys()], stateOf, isBehind: (node: NodeId) => behind.includes(node) };
}

describe("writeTargets", () => {
  it.each`
    walk             | n    | first   | spares   | why
    ${"A+ B+ C+"}    | ${2} | ${"AB"} | ${"C"}   | ${"the owners, the rest stands by"}
    ${"A+ B- C+"}    | ${2} | ${"AC"} | ${""}    | ${"a stand-in takes the place of who is down"}
    ${"A? B+ C+"}    | ${2} | ${"AB"} | ${"C"}   | ${"a suspect is tried"}
    ${"A~ B+ C+"}    | ${2} | ${"AB"} | ${"C"}   | ${"a recovering owner takes writes"}
    ${"A- B- C+"}    | ${2} | ${"C"}  | ${""}    | ${"fewer than wanted: the quorum decides"}
    ${"A- B- C-"}    | ${2} | ${""}   | ${""}    | ${"nobody is left"}
    ${"A+ B+"}       | ${3} | ${"AB"} | ${""}    | ${"more wanted than there are"}
    ${"A- B+ C+ D+"} | ${2} | ${"BC"} | ${"D"}   | ${"spares keep the order of the walk"}
    ${"A+ B+ C+ D+"} | ${1} | ${"A"}  | ${"BCD"} | ${"one copy, three stand-ins"}
  `("$walk, N=$n: $first, then $spares, because $why", (row) => {
    const { walk, stateOf } = parse(row.walk);
    const { first, spares } = writeTargets(walk, row.n, stateOf);
    expect([first.join(""), spares.join("")]).toEqual([row.first, row.spares]);
  });
});

describe("readTargets", () => {
  it.each`
    walk          | self   | expected | why
    ${"A+ B+ C+"} | ${"A"} | ${"ABC"} | ${"this node, the other owner, the stand-in"}
    ${"A+ B+ C+"} | ${"B"} | ${"BAC"} | ${"this node first: it costs no network"}
    ${"A+ B+ C+"} | ${"C"} | ${"ABC"} | ${"a stand-in is not an owner, even when it is here"}
    ${"A? B+ C+"} | ${"C"} | ${"BAC"} | ${"who is up before a suspect"}
    ${"A? B+ C+"} | ${"A"} | ${"BAC"} | ${"even when the suspect is here"}
    ${"A? B? C+"} | ${"C"} | ${"ABC"} | ${"a suspect owner before a stand-in"}
    ${"A- B+ C+"} | ${"C"} | ${"BC"}  | ${"who is down is not asked"}
    ${"A~ B+ C+"} | ${"A"} | ${"BC"}  | ${"who recovers does not know what it lacks"}
    ${"A! B+ C+"} | ${"A"} | ${"BAC"} | ${"who is behind comes after who lacks nothing, even here"}
    ${"A! B? C+"} | ${"C"} | ${"BAC"} | ${"a suspect that lacks nothing before who is behind"}
    ${"A! B! C+"} | ${"C"} | ${"ABC"} | ${"an owner that is behind before a stand-in"}
    ${"A- B- C-"} | ${"A"} | ${""}    | ${"nobody is left"}
  `("$walk from $self: $expected, because $why", ({ walk: script, self, expected }) => {
    const { walk, stateOf, isBehind } = parse(script);
    const targets = readTargets(walk, { replicaCount: 2, self, stateOf, isBehind });
    expect(targets.join("")).toBe(expected);
  });

  it("asks all that serve reads exactly once, owners first, for every mix of states", () => {
    for (let code = 0; code < 5 ** 4; code++) {
      const marks = Array.from(
        { length: 4 },
        (_, i) => "+?-~!"[Math.floor(code / 5 ** i) % 5] ?? "",
      );
      const { walk, stateOf, isBehind } = parse(
        marks.map((mark, i) => `${"ABCD"[i]}${mark}`).join(" "),
      );
      const serving = walk.filter((node) => ["up", "suspect"].includes(stateOf(node)));
      for (const self of walk) {
        const targets = readTargets(walk, { replicaCount: 2, self, stateOf, isBehind });
        expect(targets.toSorted()).toEqual(serving);
        const owners = serving.filter((node) => walk.indexOf(node) < 2);
        expect(targets.slice(0, owners.length).toSorted()).toEqual(owners);
      }
    }
  });
});
