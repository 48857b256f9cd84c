import { type Key, type Partition, partitionOf, versionAt } from "@ringkv/core";
import type { ContentsPage, ListedContent } from "@ringkv/engine";
import fc from "fast-check";
import { NODE2, recordOf, Stage } from "../test-support/link-fakes.js";
import { decodeContents, decodePartition, encodeContents } from "./contents.js";
import { Malformed } from "./wire.js";

const BUDGET_MS = 5_000;
const text = fc.string({ minLength: 1, maxLength: 30, unit: "grapheme" });
const listed: fc.Arbitrary<ListedContent> = fc.record({
  key: text as fc.Arbitrary<Key>,
  version: fc.nat(0xffff_ffff).map((ms) => versionAt({ ms, counter: 1 }, 2)),
  checksum: fc.nat(0xffff_ffff),
});
const page: fc.Arbitrary<ContentsPage> = fc.record({
  records: fc.array(listed),
  damaged: fc.nat(0xffff_ffff),
  cursor: fc.option(text),
});

describe("contents", () => {
  it("carry any page", () => {
    fc.assert(
      fc.property(page, (sent) => {
        expect(decodeContents(encodeContents(sent))).toEqual(sent);
      }),
    );
  });

  it("are decoded, or refused as malformed", () => {
    const mutated = fc.tuple(page, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }));
    const bytes = mutated.map(([sent, changes]) => {
      const payload = encodeContents(sent);
      for (const [at, byte] of changes) payload[at % payload.length] = byte;
      return payload;
    });
    const random = fc.uint8Array({ maxLength: 90 }).map((some) => Buffer.from(some));
    fc.assert(
      fc.property(fc.oneof(bytes, random), (payload) => {
        try {
          decodeContents(payload);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(Malformed);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

it.each([
  { why: "no partition", args: [] },
  { why: "two", args: ["1", "2"] },
  { why: "one that does not exist", args: ["1024"] },
  { why: "no number", args: ["x"] },
])("a scrub of $why is refused", ({ args }) => {
  expect(() => decodePartition(args.map((arg) => Buffer.from(arg)))).toThrow(Malformed);
});

describe("a call over a link", () => {
  let stage: Stage;
  beforeEach(() => {
    stage = new Stage();
  });
  afterEach(() => stage.end());

  it("asks for contents page by page", async () => {
    const { peers, service } = await stage.pair();
    const held = recordOf("a");
    service.records.set(held.key, held);
    const partition = partitionOf(held.key);
    const first = await peers.contents(NODE2, { partition, cursor: null }, BUDGET_MS);
    const { key, version } = held;
    const checksum = held.bytes.readUInt32BE(held.bytes.length - 4);
    expect(first).toEqual({ records: [{ key, version, checksum }], damaged: 3, cursor: "next" });
    const last = await peers.contents(NODE2, { partition, cursor: "next" }, BUDGET_MS);
    expect(last.cursor).toBeNull();
    expect(service.calls).toEqual([`contents ${partition} null`, `contents ${partition} next`]);
  });

  it("asks for a scrub, and hears no more than that it was heard", async () => {
    const { peers, service } = await stage.pair();
    expect(await peers.scrub(NODE2, 17 as Partition, BUDGET_MS)).toBeUndefined();
    expect(service.calls).toEqual(["scrub 17"]);
  });
});
