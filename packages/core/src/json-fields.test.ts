/** The scanner agrees with the parser on where values are, whatever they are. */

import fc from "fast-check";
import { elementsOf, fieldsOf } from "./json-fields.js";

const spaces = fc.stringMatching(/^[ \t\n\r]{0,3}$/);

it("finds every field, and the text of each value stays as it was", () => {
  const field = fc.record({ value: fc.jsonValue({ maxDepth: 4 }), before: spaces, after: spaces });
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: "grapheme" }), field), (dictionary) => {
      const given = Object.entries(dictionary).map(([name, { value, before, after }]) => {
        const text = JSON.stringify(value, null, before);
        return {
          name,
          text,
          member: `${before}${JSON.stringify(name)}${after}:${after}${text}${before}`,
        };
      });
      const fields = fieldsOf(`{${given.map(({ member }) => member).join(",")}}`);
      expect([...fields]).toEqual(given.map(({ name, text }) => [name, text]));
    }),
    { numRuns: 500 },
  );
});

it.each([
  ["{}", {}],
  ["{ }", {}],
  ['{"":""}', { "": '""' }],
  ['{"a":"\\\\"}', { a: '"\\\\"' }],
  ['{"a":"\\\\\\"}"}', { a: '"\\\\\\"}"' }],
  ['{"a":{"b":[1,{"c":2}]},"b":[]}', { a: '{"b":[1,{"c":2}]}', b: "[]" }],
  ['{"a":1e400,"b":-0}', { a: "1e400", b: "-0" }],
])("%s", (text, expected) => {
  expect(Object.fromEntries(fieldsOf(text))).toEqual(expected);
});

it("finds every element of a list, and the text of each stays as it was", () => {
  const element = fc.record({
    value: fc.jsonValue({ maxDepth: 4 }),
    before: spaces,
    after: spaces,
  });
  fc.assert(
    fc.property(fc.array(element), spaces, (elements, inside) => {
      const texts = elements.map(({ value, before }) => JSON.stringify(value, null, before));
      const padded = texts.map(
        (text, at) => `${elements[at]?.before}${text}${elements[at]?.after}`,
      );
      expect(elementsOf(`${inside}[${inside}${padded.join(",")}${inside}]`)).toEqual(texts);
    }),
    { numRuns: 500 },
  );
});
