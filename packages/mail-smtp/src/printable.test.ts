import fc from "fast-check";
import { escapedHtml, printable } from "./printable.js";

it.each`
  text                | shown                      | why
  ${"user:1"}         | ${"user:1"}                | ${"most are as they are"}
  ${"ключ 🔑"}        | ${"ключ 🔑"}               | ${"in any script"}
  ${"a\r\nBcc: x@y"}  | ${"a\\u{d}\\u{a}Bcc: x@y"} | ${"no line ends"}
  ${"\u001b[31mred"}  | ${"\\u{1b}[31mred"}        | ${"no terminal is steered"}
  ${"a\u202Egpj.exe"} | ${"a\\u{202e}gpj.exe"}     | ${"no reading direction is turned"}
  ${"a\u2028b"}       | ${"a\\u{2028}b"}           | ${"no other line ends either"}
  ${"x".repeat(21)}   | ${`${"x".repeat(20)}…`}    | ${"it is cut"}
`("shows $text as $shown: $why", ({ text, shown }) => {
  expect(printable(text, 20)).toBe(shown);
});

it("leaves nothing in any text that ends a line or a tag", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 50 }), (text) => {
      expect(escapedHtml(printable(text, 40))).not.toMatch(/[\p{Cc}\p{Cf}<>"'`]/u);
    }),
  );
});
