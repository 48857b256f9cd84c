import fc from "fast-check";
import { ENTRIES_MAX, type Entry, entryText, expiryIn, parseEntries } from "./entry.js";
import { SCOPES } from "./grant.js";
import { digestOf, newToken } from "./token.js";

const DIGEST = digestOf("a").toString("hex");

it.each([
  { text: `ci:${DIGEST}:read`, scopes: ["read"], prefix: "", expiresAtMs: null },
  {
    text: ` ci:${DIGEST.toUpperCase()}:write+read `,
    scopes: ["read", "write"],
    prefix: "",
    expiresAtMs: null,
  },
  { text: `ci:${DIGEST}:read:shop%3A`, scopes: ["read"], prefix: "shop:", expiresAtMs: null },
  { text: `ci:${DIGEST}:read:caf%C3%A9/:`, scopes: ["read"], prefix: "café/", expiresAtMs: null },
  {
    text: `ci:${DIGEST}:admin::1800000000`,
    scopes: ["admin"],
    prefix: "",
    expiresAtMs: 1_800_000_000_000,
  },
  {
    text: `ci:${DIGEST}:admin::2027-01-15`,
    scopes: ["admin"],
    prefix: "",
    expiresAtMs: 1_799_971_200_000,
  },
  {
    text: `ci:${DIGEST}:admin::2027-01-15T08:00:00Z`,
    scopes: ["admin"],
    prefix: "",
    expiresAtMs: 1_800_000_000_000,
  },
  {
    text: `ci:${DIGEST}:admin::2027-01-15T10:00+02:00`,
    scopes: ["admin"],
    prefix: "",
    expiresAtMs: 1_800_000_000_000,
  },
])("reads $text", ({ text, ...expected }) => {
  const { entries, problems } = parseEntries(text);
  expect(problems).toEqual([]);
  expect(entries).toEqual([{ name: "ci", digest: Buffer.from(DIGEST, "hex"), ...expected }]);
});

it.each([
  { text: "secret", complaint: "the second part is the SHA-256" },
  { text: `:${DIGEST}:read`, complaint: "the name has" },
  { text: `a b:${DIGEST}:read`, complaint: "the name has" },
  { text: `a:${newToken()}:read`, complaint: "the second part is the SHA-256" },
  { text: `a:${DIGEST.slice(1)}:read`, complaint: "the second part is the SHA-256" },
  { text: `a:${DIGEST}`, complaint: "the third part" },
  { text: `a:${DIGEST}:`, complaint: "the third part" },
  { text: `a:${DIGEST}:Read`, complaint: "the third part" },
  { text: `a:${DIGEST}:read+read`, complaint: "the third part" },
  { text: `a:${DIGEST}:read+`, complaint: "the third part" },
  { text: `a:${DIGEST}:read,write`, complaint: "the third part" },
  { text: `a:${DIGEST}:read:%zz`, complaint: "the prefix" },
  { text: `a:${DIGEST}:read:%ff`, complaint: "the prefix" },
  { text: `a:${DIGEST}:read:${"x".repeat(1_025)}`, complaint: "the prefix" },
  { text: `a:${DIGEST}:admin:x`, complaint: "no prefix" },
  { text: `a:${DIGEST}:read::tomorrow`, complaint: "ISO date" },
  { text: `a:${DIGEST}:read::2027-02-31`, complaint: "ISO date" },
  { text: `a:${DIGEST}:read::-5`, complaint: "ISO date" },
  { text: `a:${DIGEST}:read::2027-01-15T08:00`, complaint: "ISO date" },
  { text: `b:${DIGEST}:read;a:${DIGEST}:read`, complaint: "entry 2: its token is used before" },
  {
    text: `a:${DIGEST}:read;a:${digestOf("b").toString("hex")}:read`,
    complaint: "entry 2: its name",
  },
])("refuses $text", ({ text, complaint }) => {
  const { problems } = parseEntries(text);
  expect(problems.join()).toContain(complaint);
  for (const part of text.split(/[:;]/)) {
    if (part.length > 8) expect(problems.join()).not.toContain(part);
  }
});

it("takes lines, comments and empty ones, and keeps what is right beside what is wrong", () => {
  const other = digestOf("b").toString("hex");
  const { entries, problems } = parseEntries(
    `# who: why; when\r\n\na:${DIGEST}:read;\n  \nbroken\nb:${other}:write\n`,
  );
  expect(entries.map(({ name }) => name)).toEqual(["a", "b"]);
  expect(problems).toEqual([expect.stringMatching(/^entry 2: /)]);
});

it("has a limit", () => {
  const lines = Array.from({ length: ENTRIES_MAX + 1 }, (_, i) => {
    return `n${i}:${digestOf(String(i)).toString("hex")}:read`;
  });
  const { entries, problems } = parseEntries(lines.join("\n"));
  expect([entries.length, problems.length]).toEqual([ENTRIES_MAX, 1]);
});

it("reads every entry that it writes", () => {
  const scopes = fc.subarray([...SCOPES], { minLength: 1 });
  const anyEntry = fc.record({
    name: fc.stringMatching(/^[\w.-]{1,64}$/),
    digest: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((it) => Buffer.from(it)),
    scopes,
    prefix: fc.string({ unit: "grapheme", maxLength: 20 }),
    expiresAtMs: fc.option(fc.nat(4_000_000_000).map((seconds) => seconds * 1_000)),
  });
  fc.assert(
    fc.property(anyEntry, (given) => {
      const prefix = given.scopes.includes("admin") ? "" : given.prefix;
      const entry: Entry = { ...given, prefix };
      expect(parseEntries(entryText(entry))).toEqual({ entries: [entry], problems: [] });
    }),
  );
});

it("makes tokens that differ and can be sent as they are", () => {
  const tokens = Array.from({ length: 100 }, newToken);
  expect(new Set(tokens).size).toBe(100);
  for (const token of tokens) expect(token).toMatch(/^rkv_[\w-]{43}$/);
});

it("knows no time that is not written as one", () => {
  expect(expiryIn("")).toBeNull();
  expect(expiryIn("99999999999")).toBe(99_999_999_999_000);
});
