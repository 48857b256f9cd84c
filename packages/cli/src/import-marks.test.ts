import { ImportMarks, START } from "./import-marks.js";

/** "3+ 1- 2?" reads: record 3 is stored, record 1 refused, record 2 unknown. */
function settle(marks: ImportMarks, script: string): ImportMarks {
  const fates = { "+": "stored", "-": "refused", "?": "unknown", "~": "skipped" } as const;
  for (const word of script.split(" ").filter(Boolean)) {
    marks.settle(Number(word.slice(0, -1)), fates[word.at(-1) as keyof typeof fates]);
  }
  return marks;
}

describe("the place to go on from", () => {
  it.each`
    script              | done | stored | unknown | again  | why
    ${""}               | ${0} | ${0}   | ${0}    | ${[]}  | ${"nothing is settled"}
    ${"1+ 2+"}          | ${0} | ${0}   | ${0}    | ${[]}  | ${"the first is still under way"}
    ${"1+ 0+"}          | ${2} | ${2}   | ${0}    | ${[]}  | ${"a gap is closed"}
    ${"0+ 1? 2- 3~ 5+"} | ${4} | ${1}   | ${1}    | ${[1]} | ${"an unknown one is to be written again"}
    ${"2? 1+"}          | ${0} | ${0}   | ${0}    | ${[]}  | ${"what is early counts when its turn has come"}
  `("after '$script' is $done: $why", ({ script, done, stored, unknown, again }) => {
    const { place } = settle(new ImportMarks(), script);
    expect(place.done).toBe(done);
    expect(place.counts).toMatchObject({ stored, unknown });
    expect(place.again).toEqual(again);
  });

  it("counts everything that is settled for those who look now", () => {
    expect(settle(new ImportMarks(), "0+ 2+ 3-").counts).toEqual({
      stored: 2,
      refused: 1,
      unknown: 0,
      skipped: 0,
    });
  });

  it("is gone on from: only what is behind it, and what was unknown, is wanted", () => {
    const marks = new ImportMarks(settle(new ImportMarks(), "0+ 1? 2+").place);
    expect([0, 1, 2, 3].filter((ordinal) => marks.wants(ordinal))).toEqual([1, 3]);
    settle(marks, "1+ 3+");
    expect(marks.place).toEqual({
      done: 4,
      counts: { ...START.counts, stored: 4 },
      again: [],
    });
  });

  it("keeps what is unknown again as unknown, once", () => {
    const marks = new ImportMarks(settle(new ImportMarks(), "0?").place);
    settle(marks, "0?");
    expect(marks.place).toMatchObject({ again: [0], counts: { unknown: 1 } });
  });
});
