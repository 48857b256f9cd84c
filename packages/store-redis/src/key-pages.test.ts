import { type Key, packRecord, StoreUnavailable, type Version } from "@ringkv/core";
import { keyPageOf, keysAmong, lexRangeOf } from "./key-pages.js";

const NOW_MS = 1_700_000_000_000;
const version = "0191c3a4b2f300001a1b" as Version;

describe("the range of the index", () => {
  it.each([
    { prefix: "", after: null, min: "-", max: "+", why: "all of it" },
    { prefix: "", after: "k", min: "(k", max: "+", why: "all behind a key" },
    {
      prefix: "a",
      after: null,
      min: "[a",
      max: "(a\u00ff",
      why: "a key that is the prefix counts",
    },
    { prefix: "a", after: "a", min: "(a", max: "(a\u00ff", why: "not for the second time" },
    { prefix: "b", after: "a", min: "[b", max: "(b\u00ff", why: "nothing before the prefix" },
    { prefix: "[", after: null, min: "[[", max: "([\u00ff", why: "a bracket is a key's own" },
  ])("of $prefix after $after is $min to $max: $why", ({ prefix, after, min, max }) => {
    const range = lexRangeOf({ prefix, after });
    expect(Buffer.from(range.min).toString("latin1")).toBe(min);
    expect(Buffer.from(range.max).toString("latin1")).toBe(max);
  });

  it("passes over members that are no keys, and fails where there is nothing else", () => {
    const none = [Buffer.alloc(0), Buffer.from([0xc3, 0x28]), Buffer.alloc(1_025, "x")];
    expect(keysAmong([...none, Buffer.from("k")])).toEqual(["k"]);
    expect(keysAmong([])).toEqual([]);
    expect(() => keysAmong(none)).toThrow(StoreUnavailable);
  });
});

describe("the heads of records", () => {
  const headOf = (value: Buffer | null, expiresAtMs: number | null = null) => {
    const { bytes } = packRecord({ key: "k" as Key, version, value, contentType: "", expiresAtMs });
    const size = Buffer.alloc(4);
    size.writeUInt32BE(bytes.length);
    return Buffer.concat([bytes.subarray(0, 20), bytes.subarray(28, 35), size]);
  };
  const nothing = Buffer.concat([Buffer.from("-".repeat(20)), Buffer.alloc(11)]);
  const noRecord = Buffer.concat([Buffer.from("-".repeat(20)), Buffer.alloc(10), Buffer.from([9])]);

  it.each([
    { head: headOf(Buffer.from("v")), listed: version, why: "it has a value" },
    { head: headOf(Buffer.from("v"), NOW_MS + 1), listed: version, why: "it expires later" },
    { head: headOf(Buffer.from("v"), NOW_MS), listed: "no", why: "it has expired" },
    { head: headOf(null), listed: null, why: "a tombstone in the index is odd" },
    { head: noRecord, listed: null, why: "it is no record" },
    { head: nothing, listed: "no", why: "there is nothing" },
  ])("list the key as $listed: $why", ({ head, listed }) => {
    const page = keyPageOf({ keys: ["k" as Key], bytes: head, isEnd: true, nowMs: NOW_MS });
    expect(page.keys.map((it) => it.version)).toEqual(listed === "no" ? [] : [listed]);
    expect(page.upTo).toBeNull();
  });

  it("say how far they go when they are not all, or when more may follow", () => {
    const [keys, nowMs] = [["a", "b"] as Key[], NOW_MS];
    const one = headOf(Buffer.from("v"));
    expect(keyPageOf({ keys, bytes: one, isEnd: true, nowMs }).upTo).toBe("a");
    const both = Buffer.concat([one, nothing]);
    expect(keyPageOf({ keys, bytes: both, isEnd: false, nowMs }).upTo).toBe("b");
    expect(keyPageOf({ keys, bytes: both, isEnd: true, nowMs }).upTo).toBeNull();
  });
});
