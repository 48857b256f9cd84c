import fc from "fast-check";
import { JsonCutter, membersOf } from "./json-cutter.js";

const cut = (text: string) =>
  membersOf(Buffer.from(text)).map(({ name, raw }) => [name, raw.toString()]);

describe("cutting a document", () => {
  it.each`
    text                                    | members                                           | why
    ${"[]"}                                 | ${[]}                                             | ${"nothing in an array"}
    ${" { } "}                              | ${[]}                                             | ${"nothing in an object"}
    ${"[1.0, -0 ,1e400]"}                   | ${[[null, "1.0"], [null, "-0"], [null, "1e400"]]} | ${"numbers as they are"}
    ${'{"a":1,"a":2}'}                      | ${[["a", "1"], ["a", "2"]]}                       | ${"names may be repeated"}
    ${'{"a" : { "b" : [1,2] , "c":"," } }'} | ${[["a", '{ "b" : [1,2] , "c":"," }']]}           | ${"inner marks are the member's"}
    ${'{"\\u0061\\":,":"}]\\"[{"}'}         | ${[['a":,', '"}]\\"[{"']]}                        | ${"marks in strings are text"}
    ${'["\\\\",":"]'}                       | ${[[null, '"\\\\"'], [null, '":"']]}              | ${"an escaped backslash ends nothing"}
    ${"\n[ [ ] , { } ]\n"}                  | ${[[null, "[ ]"], [null, "{ }"]]}                 | ${"empty ones inside"}
  `("$text: $why", ({ text, members }) => {
    expect(cut(text)).toEqual(members);
  });

  it.each([
    ["", "it ends before"],
    ["[1", "it ends before"],
    ["[1,", "it ends before"],
    ['["a', "it ends before"],
    ["[1,]", "nothing where"],
    ["[,1]", "nothing where"],
    ["[1,,2]", "nothing where"],
    ["{1:2}", "no string"],
    ['{"a"}', "no name"],
    ['{"a":}', "nothing where"],
    ["[1}", "a bracket too many"],
    ['{"a":1]', "a bracket too many"],
    ["[1]]", "bytes behind"],
    ["[1] 2", "bytes behind"],
    ["1", "no array"],
    ['"a"', "no array"],
  ])("refuses %j: %s", (text, words) => {
    expect(() => cut(text)).toThrow(words);
  });

  it("finds the same members wherever the bytes are divided", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.array(fc.json()), fc.array(fc.tuple(fc.string(), fc.json()))),
        fc.integer({ min: 1, max: 7 }),
        (values, size) => {
          const members = values.map((value) => {
            return typeof value === "string" ? value : `${JSON.stringify(value[0])}: ${value[1]}`;
          });
          const isArray = values.every((value) => typeof value === "string");
          const inside = members.join(" , ");
          const text = isArray ? `[ ${inside}\n]` : `{${inside}}`;
          const bytes = Buffer.from(text);
          const cutter = new JsonCutter();
          const found: unknown[] = [];
          for (let at = 0; at < bytes.length; at += size) {
            const part = Buffer.from(bytes.subarray(at, at + size));
            found.push(...cutter.push(part).map(({ name, raw }) => [name, raw.toString()]));
          }
          cutter.end();
          expect(found).toEqual(cut(text));
          expect(found).toHaveLength(values.length);
        },
      ),
    );
  });
});
