import type { NodeId, Partition } from "@ringkv/core";
import fc from "fast-check";
import { Malformed } from "./malformed.js";
import { decodeOwes, encodeOwes } from "./owes.js";

const owes = fc
  .uniqueArray(fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,31}$/), { maxLength: 64 })
  .chain((nodes) => {
    const partitions = fc.uniqueArray(fc.nat(1_023)).map((all) => new Set(all as Partition[]));
    return fc
      .array(partitions, { minLength: nodes.length, maxLength: nodes.length })
      .map((sets) => new Map(nodes.map((node, i) => [node as NodeId, sets[i] as Set<Partition>])));
  });

it("comes out as it went in", () => {
  fc.assert(
    fc.property(owes, (some) => {
      expect(decodeOwes(Buffer.from(encodeOwes(some)))).toEqual(some);
    }),
  );
});

it("is one character when nobody is owed anything", () => {
  expect(encodeOwes(new Map())).toBe("-");
});

const bits = "A".repeat(171);

it.each([
  { text: "", why: "nothing at all" },
  { text: "node2", why: "no bits" },
  { text: `node2:${bits}A`, why: "too many bits" },
  { text: `node2:${bits.slice(1)}`, why: "too few bits" },
  { text: `node2:${bits},`, why: "a name is missing" },
  { text: `Node 2:${bits}`, why: "no node is called so" },
  { text: `node2:${bits.slice(1)}*`, why: "no base64" },
  { text: Array.from({ length: 65 }, (_, i) => `n${i}:${bits}`).join(","), why: "too many" },
])("refuses $why", ({ text }) => {
  expect(() => decodeOwes(Buffer.from(text))).toThrow(Malformed);
});

it("refuses whatever bytes come, with nothing but Malformed", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (some) => {
      try {
        decodeOwes(Buffer.from(some));
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(Malformed);
      }
    }),
  );
});
