/**
 * Whom a node owes which partitions, as a text of one heartbeat: `node2:{bits},node3:{bits}`, or
 * `-` for nobody. The bits of all partitions, the first one highest, are 128 bytes in base64url.
 * Decoding throws nothing but `Malformed`.
 */

import { type NodeId, PARTITION_COUNT, type Partition } from "@ringkv/core";
import type { Owes } from "@ringkv/engine";
import { Malformed } from "./malformed.js";

const NOBODY = "-";
const BITS_BYTES = PARTITION_COUNT / 8;
const ONE = /^([a-z0-9][a-z0-9-]{0,31}):([A-Za-z0-9_-]{171})$/;
/** As many members as a cluster may have (server/config): some 13 kB. */
const CREDITORS_MAX = 64;

export function encodeOwes(owes: Owes): string {
  if (owes.size === 0) return NOBODY;
  return [...owes].map(([node, partitions]) => `${node}:${bitsOf(partitions)}`).join(",");
}

export function decodeOwes(bytes: Buffer | undefined): Owes {
  const text = bytes?.toString("latin1") ?? "";
  if (text === NOBODY) return new Map();
  const parts = text.split(",", CREDITORS_MAX + 1);
  if (parts.length > CREDITORS_MAX) throw new Malformed("creditors");
  return new Map(
    parts.map((part): [NodeId, ReadonlySet<Partition>] => {
      const [, node, bits] = ONE.exec(part) ?? [];
      if (node === undefined || bits === undefined) throw new Malformed("owes");
      return [node as NodeId, partitionsIn(Buffer.from(bits, "base64url"))];
    }),
  );
}

function bitsOf(partitions: ReadonlySet<Partition>): string {
  const bits = Buffer.alloc(BITS_BYTES);
  for (const partition of partitions) {
    const at = partition >> 3;
    bits[at] = (bits[at] as number) | (0x80 >> (partition & 7));
  }
  return bits.toString("base64url");
}

function partitionsIn(bits: Buffer): Set<Partition> {
  const partitions = new Set<Partition>();
  for (const [at, byte] of bits.entries()) {
    for (let bit = 0; byte !== 0 && bit < 8; bit++) {
      if (byte & (0x80 >> bit)) partitions.add((8 * at + bit) as Partition);
    }
  }
  return partitions;
}
