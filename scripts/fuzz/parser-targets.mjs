/**
 * Parsers alone, in this process: the pure functions that a node reads strangers' bytes with. They
 * may refuse, in their own words, and nothing else; what they take must be what was written.
 */

/// <reference path="../../packages/peers-resp/src/redis-parser.d.ts" />

import { createHash } from "node:crypto";
import {
  Cursors,
  jsonBatchOf,
  jsonWriteOf,
  keyInPath,
  locationOf,
  queryOf,
} from "@ringkv/api-http/parsers";
import { KvError, SnapshotReader } from "@ringkv/core";
import * as peer from "@ringkv/peers-resp/parsers";
import fc from "fast-check";
import RedisParser from "redis-parser";
import { anyBytes, inPieces, jsonBody, mutated, rawKey } from "./arbitraries.mjs";
import { snapshotBody } from "./snapshots.mjs";
import { trial } from "./target.mjs";

/** @typedef {import("./target.mjs").Target} Target */

/** @param {() => string} work @returns {string} */
function refusing(work) {
  try {
    return work();
  } catch (thrown) {
    if (thrown instanceof KvError || thrown instanceof peer.Malformed) return "";
    return `threw ${String(thrown)}`;
  }
}

/** @type {Target} */
export const parseKeys = {
  name: "parse-keys",
  what: "keys, queries and cursors in URLs",
  where: "in process",
  share: 17,
  async open() {
    const cursors = new Cursors("a secret that nobody guesses");
    return trial({
      arbitrary: fc.tuple(rawKey, fc.string({ maxLength: 60 })),
      tryOut([raw, text]) {
        const path = `/kv/${raw}`;
        const key = refusing(() => {
          const found = keyInPath(path);
          const again = keyInPath(`/kv/${encodeURIComponent(found)}`);
          if (found !== again) return `${path} is ${found}, then ${again}`;
          if (found !== decodeURIComponent(raw.split("?", 1)[0] ?? "")) return `${path}: ${found}`;
          const place = locationOf(found);
          if (/[\r\n]/.test(place)) return `a line break in Location: ${place}`;
          return cursors.open(cursors.seal("", found), "") === found ? "" : `cursor of ${found}`;
        });
        const query = refusing(() => {
          queryOf(path);
          return "";
        });
        const cursor = refusing(() => `opened ${cursors.open(text, "")}`);
        return key || query || cursor;
      },
      close() {},
    });
  },
};

const VALUE_BYTES_MAX = 1_024 * 1_024;

/** @type {Target} */
export const parseJson = {
  name: "parse-json",
  what: "JSON bodies: values come out byte for byte",
  where: "in process",
  share: 17,
  async open() {
    return trial({
      arbitrary: jsonBody,
      tryOut(body) {
        const one = refusing(() => {
          const { value, key } = jsonWriteOf(body);
          if (body.indexOf(value) === -1) return "the value is not in the body";
          const { key: there, value: meant } = /** @type {{key: unknown, value: unknown}} */ (
            JSON.parse(body.toString("utf8"))
          );
          if (key !== there) return `key ${key}, not ${JSON.stringify(there)}`;
          const isSame = JSON.stringify(meant) === JSON.stringify(JSON.parse(value.toString()));
          return isSame ? "" : "the value is another one";
        });
        const many = refusing(() => {
          for (const operation of jsonBatchOf(body, VALUE_BYTES_MAX)) {
            if (operation.op !== "put") continue;
            if (body.indexOf(operation.value) === -1) return "a value is not in the batch";
          }
          return "";
        });
        const spoiled = /** @type {{admin?: unknown}} */ ({}).admin !== undefined;
        return one || many || (spoiled ? "Object.prototype was changed" : "");
      },
      close() {},
    });
  },
};

/** @type {Target} */
export const parseSnapshots = {
  name: "parse-snapshots",
  what: "snapshot files, cut anywhere",
  where: "in process",
  share: 12,
  async open() {
    return trial({
      arbitrary: snapshotBody("k").chain(({ form, bytes }) => {
        return inPieces(fc.constant(bytes)).map((pieces) => ({ form, pieces }));
      }),
      tryOut({ form, pieces }) {
        return refusing(() => {
          const sha256 = createHash("sha256");
          const reader = new SnapshotReader({ form, sha256, valueBytesMax: VALUE_BYTES_MAX });
          let count = 0;
          for (const piece of pieces) count += reader.push(piece).length;
          const told = reader.end().count;
          return told === count ? "" : `${count} records, and the end tells ${told}`;
        });
      },
      close() {},
    });
  },
};

const bulk = fc.oneof(
  anyBytes,
  fc.constantFrom("RKV.READ", "1", "2000", "17").map((text) => Buffer.from(text)),
);
const respMessage = fc.array(bulk, { minLength: 1, maxLength: 11 }).map((parts) => {
  const bulks = parts.flatMap((part) => [`$${part.length}\r\n`, part, "\r\n"]);
  return Buffer.concat([`*${parts.length}\r\n`, ...bulks].map((it) => Buffer.from(it)));
});

/** Each takes what a peer sent as one payload, or as arguments. */
const DECODERS = [
  (/** @type {Buffer} */ payload) => peer.decodeRecords(payload),
  (/** @type {Buffer} */ payload) => peer.decodeKeys(payload),
  (/** @type {Buffer} */ payload) => peer.decodeHeld(payload),
  (/** @type {Buffer} */ payload) => peer.decodeDigests(payload),
  (/** @type {Buffer} */ payload) => peer.decodePage(payload),
  (/** @type {Buffer} */ payload) => peer.decodeVersions(payload),
  (/** @type {Buffer} */ payload) => peer.decodeKeyPage(payload),
];
const ARGUMENT_DECODERS = [
  peer.decodeHello,
  peer.decodePageAsk,
  peer.decodeKeyAsk,
  peer.decodePartition,
  peer.decodeNotices,
  peer.decodeAlert,
  peer.decodeInquiry,
];

/** @type {Target} */
export const parsePeers = {
  name: "parse-peers",
  what: "RESP behind the guard, and what peers put into it",
  where: "in process",
  share: 17,
  async open() {
    return trial({
      arbitrary: fc.tuple(inPieces(mutated(respMessage)), fc.array(anyBytes, { maxLength: 8 })),
      tryOut([pieces, args]) {
        const [payload = Buffer.alloc(0)] = args;
        const decoding = [
          ...DECODERS.map((decode) => () => decode(payload)),
          ...ARGUMENT_DECODERS.map((decode) => () => decode(args)),
        ];
        for (const decode of decoding) {
          const complaint = refusing(() => {
            decode();
            return "";
          });
          if (complaint !== "") return complaint;
        }
        return guarded(pieces);
      },
      close() {},
    });
  },
};

/** What the guard admits, the parser must take; in any pieces. @param {readonly Buffer[]} pieces */
function guarded(pieces) {
  let complaint = "";
  const parser = new RedisParser({
    returnBuffers: true,
    returnReply: (message) => {
      const isList = Array.isArray(message) && message.every((part) => Buffer.isBuffer(part));
      if (!isList) complaint = "a message that is no list of bulk strings";
    },
    returnError: (error) => {
      complaint = `an error from the parser: ${error.message}`;
    },
    returnFatalError: (error) => {
      complaint = `a fatal error from the parser: ${error.message}`;
    },
  });
  const guard = new peer.FrameGuard(4_096);
  for (const piece of pieces) {
    if (!guard.admits(piece)) return "";
    if (piece.length > 0) parser.execute(piece);
    if (complaint !== "") return complaint;
  }
  return "";
}
