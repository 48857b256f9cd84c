import fc from "fast-check";
import { firstTransit, latenessMs, nextTransit, type Transit } from "./lateness.js";

/** "0>5" reads: sent at 0 by the sender's clock, received at 5 by the receiver's. */
function journeys(script: string) {
  return script.split(" ").map((word) => {
    const [sentAtMs, receivedAtMs] = word.split(">").map(Number) as [number, number];
    return { sentAtMs, receivedAtMs };
  });
}

/** The lateness of the last message of a connection. */
function lastLateness(script: string): number {
  const [first, ...rest] = journeys(script);
  let transit: Transit = firstTransit(first as { sentAtMs: number; receivedAtMs: number });
  let lateness = 0;
  for (const journey of rest) {
    transit = nextTransit(transit, journey);
    lateness = latenessMs(transit, journey);
  }
  return lateness;
}

describe("latenessMs", () => {
  it.each`
    script                              | expected | why
    ${"0>5 100>105"}                    | ${-0.1}  | ${"as quick as the first one"}
    ${"0>5 100>125"}                    | ${20}    | ${"20 ms longer on the way"}
    ${"9000000>5 9000100>125"}          | ${20}    | ${"the clocks need not agree on anything"}
    ${"0>25 100>105 200>205"}           | ${0}     | ${"a quicker one corrects a slow first one"}
    ${"0>25 100>105 200>225"}           | ${20}    | ${"and is what later ones are measured by"}
    ${"0>5 100>2105 110>2105 120>2105"} | ${1_978} | ${"what waited in a stopped process's socket"}
    ${"0>5 0>10005"}                    | ${9_990} | ${"the allowance for drift is a thousandth"}
    ${"0>5 86400000>86404005"}          | ${0}     | ${"clocks may drift apart by 4 s in a day"}
    ${"0>5 100>6 200>7"}                | ${0}     | ${"a clock that runs fast is followed"}
  `("$script: $expected ms, $why", ({ script, expected }) => {
    const lateness = lastLateness(script);
    // Up to the allowance for drift over the time that the script takes.
    if (expected <= 0) expect(lateness).toBeLessThanOrEqual(0);
    else expect(Math.abs(lateness - expected)).toBeLessThanOrEqual(5);
  });

  it("never finds a message later than it is, whatever the first ones' delays were", () => {
    const delays = fc.array(fc.nat(5_000), { minLength: 2, maxLength: 50 });
    fc.assert(
      fc.property(delays, fc.integer({ min: -1e9, max: 1e9 }), (delaysMs, offsetMs) => {
        const sent = delaysMs.map((delayMs, index) => ({
          sentAtMs: index * 100,
          receivedAtMs: index * 100 + delayMs + offsetMs,
        }));
        let transit = firstTransit(sent[0] as { sentAtMs: number; receivedAtMs: number });
        sent.forEach((journey, index) => {
          transit = nextTransit(transit, journey);
          expect(latenessMs(transit, journey)).toBeLessThanOrEqual(delaysMs[index] as number);
        });
      }),
    );
  });
});
