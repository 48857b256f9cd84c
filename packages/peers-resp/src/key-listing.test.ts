import { compareKeys, type Key, type KeyPage, type ListedKey, versionAt } from "@ringkv/core";
import { LIST_LIMIT_MAX } from "@ringkv/engine";
import fc from "fast-check";
import { NODE2, recordOf, Stage } from "../test-support/link-fakes.js";
import { decodeKeyAsk, decodeKeyPage, encodeKeyAsk, encodeKeyPage } from "./key-listing.js";
import { Malformed } from "./wire.js";

const BUDGET_MS = 5_000;
const text = fc.string({ minLength: 1, maxLength: 30, unit: "grapheme" });
const listed: fc.Arbitrary<ListedKey> = fc.record({
  key: text as fc.Arbitrary<Key>,
  version: fc.option(fc.nat(0xffff_ffff).map((ms) => versionAt({ ms, counter: 1 }, 2))),
  bytes: fc.nat(0xffff_ffff),
});
const page: fc.Arbitrary<KeyPage> = fc
  .tuple(fc.uniqueArray(listed, { selector: ({ key }) => key }), fc.boolean())
  .map(([some, isCut]) => {
    const keys = some.toSorted((a, b) => compareKeys(a.key, b.key));
    return { keys, upTo: isCut ? (keys.at(-1)?.key ?? null) : null };
  });

describe("listed keys", () => {
  it("carry any page, and any question for one", () => {
    const limit = fc.integer({ min: 1, max: LIST_LIMIT_MAX });
    fc.assert(
      fc.property(page, fc.option(text), limit, (sent, after, count) => {
        expect(decodeKeyPage(encodeKeyPage(sent))).toEqual(sent);
        const ask = { prefix: after?.slice(0, 0) ?? "", after, limit: count };
        const args = encodeKeyAsk(ask).map((it) => Buffer.from(it as string));
        expect(decodeKeyAsk(args)).toEqual(ask);
      }),
    );
  });

  it.each([
    { why: "no arguments", args: [] },
    { why: "a limit of nothing", args: ["0", "", ""] },
    { why: "a limit beyond the port's", args: [`${LIST_LIMIT_MAX + 1}`, "", ""] },
    { why: "a prefix that is too long", args: ["1", "p".repeat(1_025), ""] },
    { why: "a prefix that is no UTF-8", args: ["1", "\u00ff", ""] },
    { why: "a key to go on after that is no UTF-8", args: ["1", "", "\u00ff"] },
  ])("refuse a question with $why", ({ args }) => {
    expect(() => decodeKeyAsk(args.map((arg) => Buffer.from(arg, "latin1")))).toThrow(Malformed);
  });

  const one = (key: string): ListedKey => ({ key: key as Key, version: null, bytes: 1 });
  it.each([
    { why: "a key twice", keys: [one("a"), one("a")], upTo: null },
    { why: "keys out of order", keys: [one("b"), one("a")], upTo: null },
    { why: "keys in the order of UTF-16", keys: [one("🔑"), one("\uffff")], upTo: null },
    { why: "an end before the last key", keys: [one("b")], upTo: "a" as Key },
  ])("refuse a page with $why", ({ keys, upTo }) => {
    expect(() => decodeKeyPage(encodeKeyPage({ keys, upTo }))).toThrow(Malformed);
  });

  it("are decoded, or refused as malformed", () => {
    const mutated = fc.tuple(page, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }));
    const bytes = mutated.map(([sent, changes]) => {
      const payload = encodeKeyPage(sent);
      for (const [at, byte] of changes) payload[at % payload.length] = byte;
      return payload;
    });
    const random = fc.uint8Array({ maxLength: 90 }).map((some) => Buffer.from(some));
    fc.assert(
      fc.property(fc.oneof(bytes, random), (payload) => {
        try {
          decodeKeyPage(payload);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(Malformed);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

it("are asked for over a link", async () => {
  const stage = new Stage();
  try {
    const { peers, service } = await stage.pair();
    const held = recordOf("a");
    service.records.set(held.key, held);
    const ask = { prefix: "a", after: null, limit: 7 };
    expect(await peers.list(NODE2, ask, BUDGET_MS)).toEqual({
      keys: [{ key: held.key, version: held.version, bytes: held.bytes.length }],
      upTo: held.key,
    });
    expect(service.calls).toEqual(["list a null 7"]);
  } finally {
    await stage.end();
  }
});
