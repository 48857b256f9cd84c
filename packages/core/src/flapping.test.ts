import { type Flaps, neverChanged, observe } from "./flapping.js";

const RULES = { windowMs: 1_000, changesMax: 3, steadyMs: 500 };

/** "d@10" reads: down is seen at 10 ms. What is told, in the same language; `~`: it flaps. */
function told(script: string): string {
  let flaps: Flaps<string> = neverChanged("u");
  const all: string[] = [];
  for (const word of script.split(" ")) {
    const [state = "", at = ""] = word.split("@");
    const [next, telling] = observe(flaps, { state, nowMs: Number(at) }, RULES);
    flaps = next;
    if (telling.tell !== "nothing")
      all.push(`${telling.tell === "flapping" ? "~" : ""}${state}@${at}`);
  }
  return all.join(" ");
}

it.each`
  seen                                      | expected                               | why
  ${"u@0 u@100"}                            | ${""}                                  | ${"nothing has changed"}
  ${"d@10 d@20 d@30"}                       | ${"d@10"}                              | ${"once, however often it is seen"}
  ${"d@10 u@900"}                           | ${"d@10 u@900"}                        | ${"each change"}
  ${"d@10 u@20 d@30 u@40 d@50"}             | ${"d@10 u@20 d@30 ~u@40"}              | ${"then that it flaps"}
  ${"d@10 u@20 d@30 u@40 d@50 d@549 d@550"} | ${"d@10 u@20 d@30 ~u@40 d@550"}        | ${"and what it is when it holds still"}
  ${"d@10 u@20 d@30 u@40 u@540 d@600"}      | ${"d@10 u@20 d@30 ~u@40 u@540 ~d@600"} | ${"what was before still counts"}
  ${"d@10 u@2000 d@4000 u@6000 d@8000"}     | ${"d@10 u@2000 d@4000 u@6000 d@8000"}  | ${"slow changes are no flapping"}
`("$seen tells $expected: $why", ({ seen, expected }) => {
  expect(told(seen)).toBe(expected);
});

it("remembers no more than it needs, however long it flaps", () => {
  let flaps: Flaps<number> = neverChanged(0);
  for (let nowMs = 0; nowMs < 10_000; nowMs++) {
    [flaps] = observe(flaps, { state: nowMs % 2, nowMs }, RULES);
    expect(flaps.changedAtMs.length).toBeLessThanOrEqual(RULES.changesMax + 1);
  }
});
