import { type Key, type Partition, packRecord, partitionOf, versionAt } from "@ringkv/core";
import { copyOf, keyIn, keyOf, pageOf } from "./found.js";
import { parseDigest, parseListed, parsePartition } from "./packing.js";

const KEY = "key 0" as Key;
const PARTITION = partitionOf(KEY);
const STORED = packRecord({
  key: KEY,
  version: versionAt({ ms: 1, counter: 0 }, 1),
  value: Buffer.from("v"),
  contentType: "",
  expiresAtMs: null,
});
const FIELD = Buffer.from(KEY);

it.each([
  { field: FIELD, partition: PARTITION, key: KEY, why: "a key of the partition" },
  { field: FIELD, partition: (PARTITION ^ 1) as Partition, key: null, why: "another partition's" },
  { field: Buffer.alloc(0), partition: PARTITION, key: null, why: "no name at all" },
  { field: Buffer.from([0xc3, 0x28]), partition: PARTITION, key: null, why: "no UTF-8" },
  { field: Buffer.alloc(1_025, "k"), partition: PARTITION, key: null, why: "too long for a key" },
])("a field that is $why stands for $key", ({ field, partition, key }) => {
  expect(keyOf(field, partition)).toBe(key);
  expect(keyIn(field, new Set([partition, (PARTITION ^ 2) as Partition]))).toBe(key);
});

it("a page tells records from what is none, also under a name that is no key", () => {
  const [stray, garbage] = [Buffer.from([0xff]), Buffer.from("garbage")];
  const fields = [FIELD, STORED.bytes, stray, STORED.bytes, FIELD, garbage];
  expect(pageOf(PARTITION, fields)).toEqual({
    records: [STORED],
    damaged: [
      { key: null, field: stray, bytes: STORED.bytes },
      { key: KEY, field: FIELD, bytes: garbage },
    ],
  });
});

it("a copy is the record, damaged, or none", () => {
  expect(copyOf(KEY, STORED.bytes)).toEqual(STORED);
  expect(copyOf("key 1" as Key, STORED.bytes)).toBe("damaged");
  expect(copyOf(KEY, null)).toBeNull();
});

it.each([
  ["0", 0],
  ["1023", 1_023],
  ["1024", null],
  ["-1", null],
  ["01", null],
  ["", null],
  ["x", null],
])("a digest named %j is of partition %p", (name, partition) => {
  expect(parsePartition(name)).toBe(partition);
});

it.each([0, 11, 13])("a digest of %i bytes is that of no records, and wrong", (length) => {
  expect(parseDigest(Buffer.alloc(length, 7))).toEqual({ records: 0, sum: "0".repeat(16) });
});

it("a listing leaves out what stands under no key", () => {
  const entry = Buffer.from(`\u0000\u0001\u0000\u0000\u0000\u0009${STORED.version}k`, "latin1");
  expect(parseListed(entry, () => null)).toEqual([]);
  const known = parseListed(entry, (field) => field.toString() as Key);
  expect(known).toEqual([{ key: "k", version: STORED.version, bytes: 9 }]);
});
