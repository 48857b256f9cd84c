/** How each call of the port is put into a message, and its answers taken out of the reply. */

import type {
  Key,
  KeyPage,
  NodeId,
  PackedRecord,
  Partition,
  VoteAnswer,
  VoteRequest,
} from "@ringkv/core";
import type {
  ApplyAnswer,
  ApplyOutcome,
  ContentsPage,
  Digests,
  Heartbeat,
  HeldCopy,
  HeldVersion,
  Inquiry,
  InquiryAnswer,
  KeyAsk,
  PageAsk,
  RecordPage,
  VersionPage,
} from "@ringkv/engine";
import { decodeContents } from "./contents.js";
import { decodeInquiryAnswer, encodeInquiry } from "./inquiring.js";
import { decodeDigests, decodePage, decodeVersions, encodePageAsk } from "./inventory.js";
import { decodeKeyPage, encodeKeyAsk } from "./key-listing.js";
import { BATCH_BYTES_MAX, BATCH_ITEMS_MAX } from "./limits.js";
import {
  decodeAnswers,
  decodeFound,
  decodeOutcomes,
  encodeKeys,
  encodeRecords,
  keyBytes,
  recordBytes,
} from "./payload.js";
import { decodeForgotten, encodeHeld, heldBytes } from "./purging.js";
import {
  BEAT_PARTS,
  bulksOf,
  type Command,
  decodeBeat,
  decodeVoteAnswer,
  encodeBeat,
  encodeVoteRequest,
  Malformed,
} from "./wire.js";

export interface Operation<Item, Result> {
  readonly command: Command;
  readonly itemsMax: number;
  readonly bytesMax: number;
  readonly bytesOf: (item: Item) => number;
  readonly encode: (items: readonly Item[]) => (string | Buffer)[];
  /**
   * The results of `items`, in order, or of the first of them: the rest is asked for again. Throws
   * nothing but `Malformed`.
   */
  readonly decode: (reply: unknown, items: readonly Item[]) => readonly Result[];
}

const batches = { itemsMax: BATCH_ITEMS_MAX, bytesMax: BATCH_BYTES_MAX };

const records = {
  ...batches,
  bytesOf: recordBytes,
  encode: (items: readonly PackedRecord[]) => [encodeRecords(items)],
};

export const APPLY: Operation<PackedRecord, ApplyAnswer> = {
  ...records,
  command: "RKV.APPLY",
  decode: (reply, items) => decodeAnswers(bulkOf(reply), items.length),
};

export const TRANSFER: Operation<PackedRecord, ApplyOutcome> = {
  ...records,
  command: "RKV.TRANSFER",
  decode: (reply, items) => decodeOutcomes(bulkOf(reply), items.length),
};

const keys = {
  ...batches,
  bytesOf: keyBytes,
  encode: (items: readonly Key[]) => [encodeKeys(items)],
  decode: (reply: unknown, items: readonly Key[]) => decodeFound(bulkOf(reply), items),
};

export const READ: Operation<Key, HeldCopy> = { ...keys, command: "RKV.READ" };

export const COPIES: Operation<Key, HeldCopy> = { ...keys, command: "RKV.COPIES" };

export const LIST: Operation<KeyAsk, KeyPage> = {
  ...alone(),
  command: "RKV.LIST",
  encode: (asks) => asks.flatMap(encodeKeyAsk),
  decode: (reply) => [decodeKeyPage(bulkOf(reply))],
};

export const PAGE: Operation<PageAsk, RecordPage> = {
  ...alone(),
  command: "RKV.PAGE",
  encode: (asks) => asks.flatMap(encodePageAsk),
  decode: (reply) => [decodePage(bulkOf(reply))],
};

/** Nothing is said but the question. */
export const DIGESTS: Operation<null, Digests> = {
  ...alone(),
  command: "RKV.DIGESTS",
  encode: () => [],
  decode: (reply) => [decodeDigests(bulkOf(reply))],
};

export const VERSIONS: Operation<PageAsk, VersionPage> = {
  ...alone(),
  command: "RKV.VERSIONS",
  encode: (asks) => asks.flatMap(encodePageAsk),
  decode: (reply) => [decodeVersions(bulkOf(reply))],
};

export const CONTENTS: Operation<PageAsk, ContentsPage> = {
  ...alone(),
  command: "RKV.CONTENTS",
  encode: (asks) => asks.flatMap(encodePageAsk),
  decode: (reply) => [decodeContents(bulkOf(reply))],
};

export const SCRUB: Operation<Partition, null> = {
  ...alone(),
  command: "RKV.SCRUB",
  encode: (partitions) => partitions.map((partition) => `${partition}`),
  decode: (reply) => [nothingIn(reply)],
};

export const PURGE: Operation<HeldVersion, boolean> = {
  ...batches,
  command: "RKV.PURGE",
  bytesOf: heldBytes,
  encode: (held) => [encodeHeld(held)],
  decode: (reply, held) => decodeForgotten(bulkOf(reply), held.length),
};

export const PURGE_ROUND: Operation<null, null> = {
  ...alone(),
  command: "RKV.PURGE-ROUND",
  encode: () => [],
  decode: (reply) => [nothingIn(reply)],
};

export const INQUIRE: Operation<Inquiry, InquiryAnswer> = {
  ...alone(),
  command: "RKV.INQUIRE",
  encode: (inquiries) => inquiries.map(encodeInquiry),
  decode: (reply) => [decodeInquiryAnswer(bulkOf(reply))],
};

/** @param peer whose answers are heard; it must not speak for another node. */
export function beatOf(peer: NodeId): Operation<Heartbeat, Heartbeat> {
  return {
    ...alone(),
    command: "RKV.BEAT",
    encode: (beats) => beats.flatMap(encodeBeat),
    decode: (reply) => [decodeBeat(bulksOf(reply, BEAT_PARTS), peer)],
  };
}

/** A message of its own for each call. */
function alone() {
  return { itemsMax: 1, bytesMax: BATCH_BYTES_MAX, bytesOf: () => 0 };
}
export const VOTE: Operation<VoteRequest, VoteAnswer> = {
  command: "RKV.VOTE",
  itemsMax: 1,
  bytesMax: BATCH_BYTES_MAX,
  bytesOf: () => 0,
  encode: (requests) => requests.flatMap(encodeVoteRequest),
  decode: (reply) => [decodeVoteAnswer(bulksOf(reply, 2))],
};

function nothingIn(reply: unknown): null {
  if (bulkOf(reply).length > 0) throw new Malformed("answer");
  return null;
}

function bulkOf(reply: unknown): Buffer {
  if (!Buffer.isBuffer(reply)) throw new Malformed("answer");
  return reply;
}
