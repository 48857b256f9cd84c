import type { NodeId, Version } from "./types.js";
import {
  countWriteReply,
  openWriteQuorum,
  type WriteQuorum,
  type WriteReply,
  writeVerdict,
} from "./write-quorum.js";

/** "A+ B- C<5": A stored, B failed, C holds version 5 and stored nothing. */
function replies(script: string): WriteReply[] {
  return script.split(" ").flatMap((word): WriteReply[] => {
    const node = word.slice(0, 1) as NodeId;
    const sign = word.slice(1, 2);
    if (sign === "+") return [{ node, outcome: "stored" }];
    if (sign === "-") return [{ node, outcome: "failed" }];
    return sign === "<" ? [{ node, outcome: "stale", held: word.slice(2) as Version }] : [];
  });
}

function counted(needed: number, script: string): WriteQuorum {
  return replies(script).reduce(countWriteReply, openWriteQuorum(needed));
}

describe("writeVerdict", () => {
  it.each`
    w    | script         | left | expected         | why
    ${2} | ${""}          | ${3} | ${"pending"}     | ${"nobody has answered"}
    ${2} | ${"A+"}        | ${2} | ${"pending"}     | ${"one of two"}
    ${2} | ${"A+ B+"}     | ${1} | ${"reached"}     | ${"no need to wait for C"}
    ${2} | ${"A- B+ C+"}  | ${0} | ${"reached"}     | ${"one failure is tolerated"}
    ${2} | ${"A- B-"}     | ${1} | ${"unreachable"} | ${"C alone cannot make two"}
    ${2} | ${"A- B-"}     | ${2} | ${"pending"}     | ${"two stand-ins can"}
    ${2} | ${"A+ A+"}     | ${2} | ${"pending"}     | ${"a retry is not a second vote"}
    ${2} | ${"A- A+ B+"}  | ${1} | ${"pending"}     | ${"what failed stays failed"}
    ${3} | ${"A+ B+ C-"}  | ${0} | ${"unreachable"} | ${"all three were demanded"}
    ${1} | ${"A+"}        | ${0} | ${"reached"}     | ${"a cluster of one"}
    ${4} | ${""}          | ${3} | ${"unreachable"} | ${"more wanted than there are nodes"}
    ${2} | ${"A<5"}       | ${2} | ${"stale"}       | ${"one stale reply decides"}
    ${2} | ${"A+ B+ C<5"} | ${0} | ${"stale"}       | ${"even when enough others stored it"}
    ${2} | ${"A- B- C<5"} | ${0} | ${"stale"}       | ${"a new stamp may find other targets"}
  `("W=$w, $script, $left left is $expected: $why", ({ w, script, left, expected }) => {
    expect(writeVerdict(counted(w, script), left)).toBe(expected);
  });

  it("agrees with plain counting for every outcome of up to five nodes", () => {
    for (let n = 1; n <= 5; n++) {
      for (let w = 1; w <= n; w++) {
        for (let code = 0; code < 4 ** n; code++) {
          const signs = Array.from({ length: n }, (_, i) => "?+-<"[Math.floor(code / 4 ** i) % 4]);
          const script = signs.map((sign, i) => `${"ABCDE"[i]}${sign}${sign === "<" ? 5 : ""}`);
          const count = (wanted: string) => signs.filter((sign) => sign === wanted).length;
          const possible = count("+") + count("?");
          const plain =
            count("<") > 0
              ? "stale"
              : count("+") >= w
                ? "reached"
                : possible < w
                  ? "unreachable"
                  : "pending";
          expect(writeVerdict(counted(w, script.join(" ")), count("?"))).toBe(plain);
        }
      }
    }
  });
});

describe("countWriteReply", () => {
  it.each`
    script           | stored   | failed             | staleBelow | why
    ${"A+ B-"}       | ${["A"]} | ${["B"]}           | ${null}    | ${"one of each"}
    ${"A+ A-"}       | ${["A"]} | ${[]}              | ${null}    | ${"what is on a disk stays there"}
    ${"A<5 B<7 C<6"} | ${[]}    | ${["A", "B", "C"]} | ${"7"}     | ${"the newest of what is held"}
    ${"A<5 A<7"}     | ${[]}    | ${["A"]}           | ${"5"}     | ${"a second reply is not counted"}
    ${"A<5 B+"}      | ${["B"]} | ${["A"]}           | ${"5"}     | ${"a later store does not undo it"}
  `("$script: $why", ({ script, stored, failed, staleBelow }) => {
    expect(counted(2, script)).toEqual({ needed: 2, stored, failed, staleBelow });
  });

  it("leaves the quorum that it was given as it was", () => {
    const before = counted(2, "A+");
    countWriteReply(before, { node: "B" as NodeId, outcome: "stored" });
    expect(before.stored).toEqual(["A"]);
  });
});
