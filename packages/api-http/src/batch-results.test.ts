import type { Key, NodeId, Partition, Version } from "@ringkv/core";
import type { Reading, WriteReceipt } from "@ringkv/engine";
import fc from "fast-check";
import { BatchResults, textOf } from "./batch-results.js";
import { receiptText } from "./receipt.js";

const VERSION = "0191c3a4b2f300001a1b" as Version;
const NODES = ["node1", "node2"] as NodeId[];

const receipt: WriteReceipt = {
  key: 'a "key" \n' as Key,
  version: VERSION,
  partition: 7 as Partition,
  primary: "node1" as NodeId,
  stored: NODES,
  standIns: [],
  w: 2,
  hadValue: false,
  expiresAtMs: null,
  walk: NODES,
  answers: [],
};

it.each<{ change: Partial<WriteReceipt>; op: "put" | "delete"; status: number }>([
  { op: "put", status: 201, change: {} },
  { op: "put", status: 200, change: { hadValue: true, standIns: NODES.slice(1) } },
  { op: "put", status: 201, change: { expiresAtMs: 1_732_100_000_000, stored: [] } },
  { op: "delete", status: 200, change: { hadValue: true } },
  { op: "delete", status: 200, change: { key: "plain" as Key } },
])("writes a receipt of a $op as it is written alone: $change", ({ change, op, status }) => {
  const given = { ...receipt, ...change };
  const alone = receiptText(given, { kind: op, explain: false });
  const results = new BatchResults();
  const text = `{"op":"${op}","status":${status},${alone.slice(1)}`;
  // Twice: what is shared is written once.
  expect([results.written(op, given), results.written(op, given)]).toEqual([text, text]);
});

it.each<{ record: Partial<NonNullable<Reading["record"]>>; rest: object }>([
  { record: { contentType: "application/json" }, rest: { value: { a: 1 } } },
  { record: { contentType: "text/plain" }, rest: { value: '{"a":1}' } },
  {
    record: { contentType: "", expiresAtMs: 5 },
    rest: { value: "eyJhIjoxfQ==", encoding: "base64", expiresAt: 5 },
  },
  { record: { contentType: 'text/"x"; a=\\' }, rest: { value: '{"a":1}' } },
])("writes a reading of $record", ({ record: change, rest }) => {
  const key = "k\u00e9" as Key;
  const value = Buffer.from('{"a":1}');
  const record = { key, version: VERSION, value, contentType: "", expiresAtMs: null, ...change };
  const text = new BatchResults().read({ key, version: VERSION, record });
  const contentType = record.contentType === "" ? "application/octet-stream" : record.contentType;
  const expected = { op: "get", status: 200, key, version: VERSION, contentType, ...rest };
  expect(JSON.parse(text)).toEqual(expected);
});

it("writes that there is nothing", () => {
  const text = new BatchResults().read({ key: "k" as Key, version: VERSION, record: null });
  expect(text).toBe('{"op":"get","status":404,"key":"k","value":null}');
});

it("writes any string as JSON has it", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(textOf(text)).toBe(JSON.stringify(text));
    }),
    { examples: [[""], ['"'], ["\\"], ["~ !#[]"], ["\u007f"], ["\u2028"]] },
  );
});
