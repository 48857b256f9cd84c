import fc from "fast-check";
import { keyMatcher } from "./glob.js";
import type { Key } from "./types.js";

it.each`
  patterns            | key             | expected | why
  ${["*"]}            | ${"a/b"}        | ${true}  | ${"everything"}
  ${[]}               | ${"a"}          | ${false} | ${"nothing was asked for"}
  ${["user:*"]}       | ${"user:1"}     | ${true}  | ${"a prefix"}
  ${["user:*"]}       | ${"user:"}      | ${true}  | ${"also with nothing after it"}
  ${["user:*"]}       | ${"xuser:1"}    | ${false} | ${"the whole key must match"}
  ${["*:1"]}          | ${"user:1:1"}   | ${true}  | ${"a suffix, the last one"}
  ${["a?c"]}          | ${"a🔑c"}       | ${true}  | ${"one character, however wide"}
  ${["a?c"]}          | ${"ac"}         | ${false} | ${"one, not none"}
  ${["a\\*"]}         | ${"a*"}         | ${true}  | ${"a star as it is"}
  ${["a\\*"]}         | ${"ab"}         | ${false} | ${"and nothing else"}
  ${["[a-c]"]}        | ${"b"}          | ${false} | ${"brackets are characters"}
  ${["x", "em*_t*t"]} | ${"email_test"} | ${true}  | ${"any of several"}
`("$patterns on $key: $expected, $why", ({ patterns, key, expected }) => {
  expect(keyMatcher(patterns)(key as Key)).toBe(expected);
});

it("agrees with a regular expression", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), maxLength: 8 });
  fc.assert(
    fc.property(text, text, (pattern, key) => {
      const source = pattern.replaceAll(/\*+/g, "[^]*").replaceAll("?", "[^]");
      expect(keyMatcher([pattern])(key as Key)).toBe(new RegExp(`^${source}$`, "u").test(key));
    }),
  );
});

it("takes no longer for a pattern that is made to be slow", () => {
  const key = "a".repeat(1_000) as Key;
  expect(keyMatcher([`${"*a".repeat(40)}*b`])(key)).toBe(false);
});
