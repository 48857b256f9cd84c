import { mayTryAgain, speaksAgainstTheNode } from "./retry-rule.js";

describe("mayTryAgain", () => {
  it.each`
    code                    | outcome          | retryable | effect                  | expected | why
    ${"unreachable"}        | ${"not-applied"} | ${true}   | ${"changes"}            | ${true}  | ${"nothing had left"}
    ${"timeout"}            | ${"unknown"}     | ${true}   | ${"changes"}            | ${false} | ${"it may have been stored"}
    ${"timeout"}            | ${"unknown"}     | ${true}   | ${"changes-repeatable"} | ${true}  | ${"the caller allows it"}
    ${"timeout"}            | ${"not-applied"} | ${true}   | ${"none"}               | ${true}  | ${"a read changes nothing"}
    ${"broken_off"}         | ${"unknown"}     | ${true}   | ${"changes"}            | ${false} | ${"it had left"}
    ${"quorum_unreachable"} | ${"not-applied"} | ${true}   | ${"changes"}            | ${true}  | ${"the node says so"}
    ${"quorum_unreachable"} | ${"unknown"}     | ${true}   | ${"changes"}            | ${false} | ${"one node may have it"}
    ${"overloaded"}         | ${"not-applied"} | ${true}   | ${"changes"}            | ${true}  | ${"another has room"}
    ${"too_large"}          | ${"not-applied"} | ${false}  | ${"changes"}            | ${false} | ${"never succeeds"}
    ${"internal"}           | ${"unknown"}     | ${false}  | ${"changes-repeatable"} | ${false} | ${"a bug repeats itself"}
    ${"aborted"}            | ${"not-applied"} | ${true}   | ${"none"}               | ${false} | ${"nobody waits any more"}
  `("$code, $outcome, $effect: $expected, $why", ({ expected, effect, ...failure }) => {
    expect(mayTryAgain(failure, effect)).toBe(expected);
  });
});

it.each([
  ["unreachable", true],
  ["timeout", true],
  ["shutting_down", true],
  ["quorum_unreachable", false],
  ["overloaded", false],
  ["too_large", false],
])("%s speaks against the node: %s", (code, expected) => {
  expect(speaksAgainstTheNode({ code })).toBe(expected);
});
