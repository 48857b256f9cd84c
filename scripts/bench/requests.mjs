/**
 * The same operations in the words of each system, written out in full before a run: whoever sends
 * them has nothing to compute, and every system is sent the same keys in the same order.
 *
 * etcd is asked for what it holds (`serializable`), as our node is at R=1: its other reading asks
 * a majority first. Its gateway takes keys and values in base64.
 */

import { BATCH_KEYS, MIXED_WRITE_EVERY } from "./cells.mjs";
import { drawKeys, valueTextOf } from "./statistics.mjs";

/** @typedef {{method: string, path: string, body?: string, type?: string}} HttpRequest */

/**
 * @typedef {object} Shape
 * @property {(key: string) => HttpRequest} get
 * @property {(key: string, value: string) => HttpRequest} put
 */

const SEED = 20_261_128;
const JSON_TYPE = "application/json";
/** What is written out for one run stays below it, in every thread of the generator. */
const SEQUENCE_BYTES_MAX = 16 * 1024 * 1024;
const SEQUENCE_MAX = 8_192;
const SEQUENCE_MIN = 200;
const LOADED_BYTES_MAX = 64 * 1024 * 1024;
const KEYS_MAX = 10_000;

/** @param {string} text */
const base64 = (text) => Buffer.from(text).toString("base64");

/** @type {Shape} */
const RINGKV = {
  get: (key) => ({ method: "GET", path: `/kv/${key}` }),
  put: (key, body) => ({ method: "PUT", path: `/kv/${key}`, body }),
};

/** @type {Readonly<Record<"ringkv" | "bare" | "webdis" | "etcd", Shape>>} */
export const SHAPES = {
  ringkv: RINGKV,
  bare: RINGKV,
  webdis: {
    // The value itself, as text: its JSON form would cost it more.
    get: (key) => ({ method: "GET", path: `/GET/${key}.txt` }),
    put: (key, body) => ({ method: "PUT", path: `/SET/${key}`, body }),
  },
  etcd: {
    get: (key) => posted("/v3/kv/range", { key: base64(key), serializable: true }),
    put: (key, value) => posted("/v3/kv/put", { key: base64(key), value: base64(value) }),
  },
};

/** @param {string} path @param {unknown} body @returns {HttpRequest} */
function posted(path, body) {
  return { method: "POST", path, body: JSON.stringify(body), type: JSON_TYPE };
}

/** @param {number} valueBytes */
export function keyCountOf(valueBytes) {
  return Math.min(KEYS_MAX, Math.floor(LOADED_BYTES_MAX / valueBytes));
}

/** @param {number} valueBytes @param {number} number */
export function keyOf(valueBytes, number) {
  return `bench-${valueBytes}-${number}`;
}

/**
 * Puts every key once, before anything is measured.
 *
 * @param {keyof typeof SHAPES} system
 * @param {number} valueBytes
 * @returns {HttpRequest[]}
 */
export function loadingOf(system, valueBytes) {
  const value = valueTextOf(valueBytes, SEED);
  return Array.from({ length: keyCountOf(valueBytes) }, (_, number) =>
    SHAPES[system].put(keyOf(valueBytes, number), value),
  );
}

/**
 * What a run sends, over and over.
 *
 * @param {keyof typeof SHAPES} system
 * @param {import("./cells.mjs").Cell} cell
 * @returns {HttpRequest[]}
 */
export function sequenceOf(system, { operation, valueBytes, keys }) {
  const isBatch = operation === "batch-get" || operation === "batch-put";
  const bytesEach = operation === "get" ? 100 : valueBytes * (isBatch ? BATCH_KEYS : 1.4);
  const fitting = Math.floor(SEQUENCE_BYTES_MAX / bytesEach);
  const length = Math.max(SEQUENCE_MIN, Math.min(SEQUENCE_MAX, fitting));
  const perRequest = isBatch ? BATCH_KEYS : 1;
  const keyCount = keyCountOf(valueBytes);
  const draws = drawKeys(keys, { draws: length * perRequest, keyCount, seed: SEED });
  const names = draws.map((number) => keyOf(valueBytes, number));
  const value = valueTextOf(valueBytes, SEED + 1);
  const { get, put } = SHAPES[system];
  return Array.from({ length }, (_, index) => {
    if (isBatch) {
      const own = names.slice(index * BATCH_KEYS, (index + 1) * BATCH_KEYS);
      return batchOf(operation === "batch-get" ? "get" : "put", own, value);
    }
    const key = /** @type {string} */ (names[index]);
    const writes =
      operation === "put" || (operation === "mixed" && index % MIXED_WRITE_EVERY === 0);
    return writes ? put(key, value) : get(key);
  });
}

/**
 * Our `POST /kv/batch`.
 *
 * @param {"get" | "put"} op
 * @param {readonly string[]} keys
 * @param {string} value
 */
export function batchOf(op, keys, value) {
  const ops = keys.map((key) => (op === "get" ? { op, key } : { op, key, value }));
  return posted("/kv/batch", { ops });
}

/** As it goes over the wire. @param {HttpRequest} request */
export function wireTextOf({ method, path, body, type }) {
  const lines = [`${method} ${path} HTTP/1.1`, "Host: 127.0.0.1"];
  if (type !== undefined) lines.push(`Content-Type: ${type}`);
  if (body !== undefined) lines.push(`Content-Length: ${Buffer.byteLength(body)}`);
  return `${lines.join("\r\n")}\r\n\r\n${body ?? ""}`;
}
