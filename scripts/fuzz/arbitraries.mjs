/**
 * Inputs that parsers do not like: bytes that were right and have been changed, JSON with what a
 * careless reader takes for something else, URLs between encodings. Pure; a seed gives the same.
 */

import fc from "fast-check";

/** @typedef {import("fast-check").Arbitrary<Buffer>} Bytes */

const KINDS = /** @type {const} */ (["overwrite", "insert", "delete", "repeat", "cut"]);

/** What parsers treat specially. */
const SPECIAL = [
  "\r",
  "\n",
  "\r\n",
  "\0",
  " ",
  ":",
  ",",
  "%",
  '"',
  "{",
  "[",
  "\\",
  "\xff",
  "*",
  "$",
];

const piece = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
  fc.constantFrom(...SPECIAL).map((text) => Buffer.from(text, "latin1")),
);

const edit = fc.record({ kind: fc.constantFrom(...KINDS), at: fc.nat(0xffff), piece });

/** @typedef {{kind: typeof KINDS[number], at: number, piece: Buffer}} Edit */

/** @param {Buffer} bytes @param {Edit} change @returns {Buffer} */
function edited(bytes, { kind, at, piece: more }) {
  const place = bytes.length === 0 ? 0 : at % bytes.length;
  const [before, after] = [bytes.subarray(0, place), bytes.subarray(place)];
  switch (kind) {
    case "overwrite":
      return Buffer.concat([before, more, after.subarray(more.length)]);
    case "insert":
      return Buffer.concat([before, more, after]);
    case "delete":
      return Buffer.concat([before, after.subarray(more.length)]);
    case "repeat":
      return Buffer.concat([before, after.subarray(0, 64), after]);
    default:
      return before;
  }
}

/** What `base` makes, with up to `edits` changes. @param {Bytes} base @param {number} [edits] */
export function mutated(base, edits = 4) {
  return fc
    .tuple(base, fc.array(edit, { maxLength: edits }))
    .map(([bytes, changes]) => changes.reduce(edited, bytes));
}

export const anyBytes = fc.uint8Array({ maxLength: 512 }).map((bytes) => Buffer.from(bytes));

/** Text of any kind, in UTF-8 or not quite. */
const words = fc.oneof(
  fc.string({ unit: "binary", maxLength: 24 }),
  fc.string({ unit: "grapheme", maxLength: 12 }),
  fc.constantFrom("__proto__", "constructor", "toString", "p:1", "bull:replication:1", "digest"),
  fc.constantFrom("..", ".", "a/b", "{tag}", "e\u0301", "\u00e9", "\u202e", "a".repeat(1_025)),
);

/** As a client may write a byte of a key into a URL. */
const encoded = fc.oneof(
  fc.constantFrom("%00", "%2F", "%2e%2e", "%252e", "%0d%0a", "%C3%A9", "%c0%af", "%ff", "%zz", "%"),
  fc.constantFrom("a", "b", "/", "+", "~", ":", "@", "&", "=", ".", "{", "}", "|", "^", "`"),
  fc.constantFrom("\xe9", "#", " ", "\\", "?w=1", "?ttl=1&ttl=2", "?key[]=a", "?a[__proto__]=b"),
  words.map((text) => encodeURIComponent(Buffer.from(text).toString())),
);

/** The rest of a path behind `/kv/`. */
export const rawKey = fc.array(encoded, { maxLength: 6 }).map((parts) => parts.join(""));

const number = fc.oneof(
  fc.constantFrom("1e400", "-0", "9007199254740993", "NaN", "01", "1.", "+1", "0x10", "1E+2"),
  fc.double().map(String),
);

const text = fc.oneof(
  words.map((it) => JSON.stringify(it)),
  fc.constantFrom('"\\ud800"', '"\\u0000"', '"\\x41"', '"\t"', "'a'", '"a', '"__proto__"'),
);

/** JSON, or nearly. */
export const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    number,
    text,
    fc.constantFrom("null", "true", "false", "undefined", "", "\ufeff1", "[[[[[]]]]]"),
    fc.array(tie("value"), { maxLength: 4 }).map((items) => `[${items.join(",")}]`),
    fc
      .array(fc.tuple(text, tie("value")), { maxLength: 4 })
      .map((fields) => `{${fields.map(([name, it]) => `${name}:${it}`).join(",")}}`),
  ),
}))["value"];

const deep = fc.integer({ min: 60, max: 5_000 }).map((depth) => {
  return "[".repeat(depth) + "]".repeat(depth);
});

const jsonKey = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('"a"', '"b"', '"__proto__"', '"constructor"', '"é"') },
  { weight: 2, arbitrary: /** @type {import("fast-check").Arbitrary<string>} */ (json) },
);
const jsonValue = fc.oneof(
  { weight: 9, arbitrary: /** @type {import("fast-check").Arbitrary<string>} */ (json) },
  { weight: 1, arbitrary: deep },
);
const fields = fc.oneof(
  fc.tuple(fc.constant('"key"'), jsonKey),
  fc.tuple(fc.constant('"value"'), jsonValue),
  fc.tuple(fc.constant('"ttl"'), fc.oneof(number, fc.constant("60"))),
  fc.tuple(
    fc.constantFrom('"version"', '"tombstone"', '"__proto__"', '"title"', '"op"'),
    jsonValue,
  ),
);
const write = fc.oneof(
  fc.tuple(jsonKey, jsonValue).map(([key, value]) => `{"key":${key},"value":${value}}`),
  fc.array(fields, { maxLength: 5 }).map((all) => {
    return `{${all.map(([name, value]) => `${name}:${value}`).join(",")}}`;
  }),
);
const operation = fc.oneof(
  fc.tuple(jsonKey, jsonValue).map(([key, value]) => {
    return `{"op":"put","key":${key},"value":${value}}`;
  }),
  jsonKey.map((key) => `{"op":"get","key":${key}}`),
  jsonKey.map((key) => `{"op":"delete","key":${key}}`),
  write,
);
const batch = fc.array(operation, { maxLength: 5 }).map((ops) => `{"ops":[${ops.join(",")}]}`);

/** A body for the routes that take JSON. */
export const jsonBody = fc.oneof(
  { weight: 4, arbitrary: write.map((it) => Buffer.from(it)) },
  { weight: 3, arbitrary: batch.map((it) => Buffer.from(it)) },
  { weight: 2, arbitrary: mutated(fc.oneof(write, batch).map((it) => Buffer.from(it))) },
  { weight: 1, arbitrary: anyBytes },
);

/** Bytes cut into pieces, as a network may. @param {Bytes} bytes */
export function inPieces(bytes) {
  const cuts = fc.array(fc.nat(0xffff), { maxLength: 4 });
  return fc.tuple(bytes, cuts).map(([whole, places]) => {
    const ends = places.map((at) => at % (whole.length + 1)).toSorted((a, b) => a - b);
    return [...ends, whole.length].map((end, index) => {
      return whole.subarray(index === 0 ? 0 : (ends[index - 1] ?? 0), end);
    });
  });
}
