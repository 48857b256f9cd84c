import {
  countReadReply,
  newestCopy,
  openReadQuorum,
  type ReadQuorum,
  type ReadReply,
  readVerdict,
  staleOwners,
} from "./read-quorum.js";
import type { Key, NodeId, PackedRecord, Version } from "./types.js";

function copyAt(version: string): PackedRecord {
  return { key: "k" as Key, version: version as Version, bytes: Buffer.alloc(0) };
}

/** "A5 B. c. D!": A holds version 5, B nothing, the stand-in c nothing, D did not answer. */
function replies(script: string): ReadReply[] {
  const words = script === "" ? [] : script.split(" ");
  return words.map((word) => {
    const [name, said] = [word.slice(0, 1), word.slice(1)];
    const copy = said === "!" ? "failed" : said === "." ? null : copyAt(said);
    return { node: name as NodeId, isOwner: name === name.toUpperCase(), copy };
  });
}

function counted(needed: number, script: string): ReadQuorum {
  return replies(script).reduce(countReadReply, openReadQuorum(needed));
}

describe("readVerdict", () => {
  it.each`
    r    | script        | left | expected         | why
    ${1} | ${""}         | ${3} | ${"pending"}     | ${"nobody has answered"}
    ${1} | ${"A5"}       | ${2} | ${"reached"}     | ${"one is enough"}
    ${1} | ${"A."}       | ${2} | ${"reached"}     | ${"an owner's absence is an answer"}
    ${1} | ${"a."}       | ${2} | ${"pending"}     | ${"a stand-in's absence is none"}
    ${1} | ${"a."}       | ${0} | ${"unreachable"} | ${"and nobody is left to ask"}
    ${1} | ${"a5"}       | ${0} | ${"reached"}     | ${"what a stand-in holds counts"}
    ${2} | ${"A5"}       | ${1} | ${"pending"}     | ${"one of two"}
    ${2} | ${"A5 A5"}    | ${1} | ${"pending"}     | ${"the same node twice is one"}
    ${2} | ${"A! A5 B5"} | ${1} | ${"pending"}     | ${"what failed stays failed"}
    ${2} | ${"A5 B! C."} | ${0} | ${"reached"}     | ${"one failure is tolerated"}
    ${2} | ${"A5 B!"}    | ${0} | ${"unreachable"} | ${"one alone cannot make two"}
    ${3} | ${""}         | ${2} | ${"unreachable"} | ${"more wanted than there are nodes"}
  `("R=$r, $script, $left left is $expected: $why", ({ r, script, left, expected }) => {
    expect(readVerdict(counted(r, script), left)).toBe(expected);
  });

  it("agrees with plain counting for every outcome of up to four nodes", () => {
    const words = ["A5 A. A! a5 a. a!", "B5 B. B! b5 b. b!", "C5 C. C!", "d5 d. d!"].map((line) => [
      null,
      ...line.split(" "),
    ]);
    const scripts = words.reduce<string[][]>(
      (before, options) =>
        before.flatMap((script) => options.map((it) => (it === null ? script : [...script, it]))),
      [[]],
    );
    for (const script of scripts) {
      const said = script.filter((word) => !/!|^[a-d]\.$/.test(word)).length;
      const left = 4 - script.length;
      for (let r = 1; r <= 4; r++) {
        const plain = said >= r ? "reached" : said + left < r ? "unreachable" : "pending";
        expect(readVerdict(counted(r, script.join(" ")), left)).toBe(plain);
      }
    }
  });
});

describe("newestCopy and staleOwners", () => {
  it.each`
    script        | newest  | stale         | why
    ${"A5 B5"}    | ${"5"}  | ${[]}         | ${"all agree"}
    ${"A5 B7"}    | ${"7"}  | ${["A"]}      | ${"the newer one wins"}
    ${"A7 B5"}    | ${"7"}  | ${["B"]}      | ${"whoever answers first"}
    ${"A. B5"}    | ${"5"}  | ${["A"]}      | ${"nothing is older than anything"}
    ${"A. B."}    | ${null} | ${[]}         | ${"nobody has one"}
    ${"A5 b7"}    | ${"7"}  | ${["A"]}      | ${"a stand-in's copy counts like any"}
    ${"A7 b5"}    | ${"7"}  | ${[]}         | ${"a stand-in is not repaired"}
    ${"A5 B! C7"} | ${"7"}  | ${["A"]}      | ${"nothing is known of who failed"}
    ${"A5 B6 C7"} | ${"7"}  | ${["A", "B"]} | ${"all that are behind"}
    ${""}         | ${null} | ${[]}         | ${"nobody was asked"}
  `("$script: newest $newest, stale $stale, because $why", ({ script, newest, stale }) => {
    const quorum = counted(2, script);
    const found = newestCopy(quorum);
    expect(found?.version ?? null).toBe(newest);
    expect(found === null ? [] : staleOwners(quorum, found)).toEqual(stale);
  });
});
