/**
 * What is loaded how: a cell is one operation at one size, number of connections and way of
 * choosing keys. Pure tables; nothing is started here.
 */

/** @typedef {"ringkv" | "webdis" | "etcd" | "redis" | "bare"} SystemName */
/** @typedef {"get" | "put" | "mixed" | "batch-get" | "batch-put"} Operation */
/** @typedef {"always" | "everysec"} Durability when the disk is waited for */

/**
 * @typedef {object} Cell
 * @property {Operation} operation
 * @property {number} valueBytes
 * @property {number} connections
 * @property {"uniform" | "zipf"} keys
 * @property {Durability} durability
 * @property {number} nodes of ours
 * @property {readonly SystemName[]} systems
 */

export const BATCH_KEYS = 100;
/** One operation in five of a mixed load writes. */
export const MIXED_WRITE_EVERY = 5;
const SIZES = [100, 1_024, 65_536];
const CONNECTIONS = [1, 64, 512];
const CLUSTER_SIZES = [3, 5, 9];

/** @type {readonly SystemName[]} */
const EVERYBODY = ["ringkv", "webdis", "etcd", "redis"];
/** @type {readonly SystemName[]} */
const OVER_HTTP = ["ringkv", "webdis", "etcd"];

/** @param {Partial<Cell>} [more] @returns {Cell} */
export function cellOf(more = {}) {
  return {
    operation: "get",
    valueBytes: 100,
    connections: 64,
    keys: "uniform",
    durability: "always",
    nodes: 3,
    systems: EVERYBODY,
    ...more,
  };
}

/** @type {readonly Operation[]} */
const GET_AND_PUT = ["get", "put"];

/** Cells by the name that `--only` takes. */
export const SPEED_SECTIONS = {
  get: [cellOf()],
  put: [cellOf({ operation: "put" })],
  batch: [
    cellOf({ operation: "batch-get", connections: 16, systems: ["ringkv"] }),
    cellOf({ operation: "batch-put", connections: 16, systems: ["ringkv"] }),
  ],
  mixed: [cellOf({ operation: "mixed", systems: OVER_HTTP })],
  zipf: [...GET_AND_PUT, /** @type {const} */ ("mixed")].map((operation) =>
    cellOf({ operation, keys: "zipf", systems: OVER_HTTP }),
  ),
  sizes: SIZES.slice(1).flatMap((valueBytes) =>
    GET_AND_PUT.map((operation) => cellOf({ operation, valueBytes })),
  ),
  connections: CONNECTIONS.filter((it) => it !== 64).flatMap((connections) =>
    GET_AND_PUT.map((operation) => cellOf({ operation, connections })),
  ),
  // etcd has no such setting: it always waits for its disk.
  everysec: GET_AND_PUT.map((operation) =>
    cellOf({ operation, durability: "everysec", systems: ["ringkv", "webdis", "redis"] }),
  ),
  // What of it is HTTP in Node.js, on three processes as ours.
  floor: GET_AND_PUT.map((operation) => cellOf({ operation, systems: ["ringkv", "bare"] })),
  growth: CLUSTER_SIZES.flatMap((nodes) =>
    GET_AND_PUT.map((operation) => cellOf({ operation, nodes, systems: ["ringkv"] })),
  ),
};

/** @param {Cell} cell a line of a table @returns {string} `PUT 1 KiB, 64 connections, everysec` */
export function titleOf({ operation, valueBytes, connections, keys, durability, nodes }) {
  const what = {
    get: "GET",
    put: "PUT",
    mixed: "GET and PUT 80:20",
    "batch-get": `${BATCH_KEYS} GETs in a batch`,
    "batch-put": `${BATCH_KEYS} PUTs in a batch`,
  }[operation];
  const size = valueBytes < 1_024 ? `${valueBytes} B` : `${valueBytes / 1_024} KiB`;
  const many = `${connections} connection${connections === 1 ? "" : "s"}`;
  const odd = [
    ...(keys === "zipf" ? ["Zipf keys"] : []),
    ...(durability === "everysec" ? ["everysec"] : []),
    ...(nodes === 3 ? [] : [`${nodes} nodes`]),
  ];
  return [`${what} ${size}`, many, ...odd].join(", ");
}

/** Cells that can share running systems, in one group. @param {readonly Cell[]} cells */
export function groupsOf(cells) {
  const grounds = [...new Set(cells.map(groundOf))];
  return grounds.map((ground) => cells.filter((cell) => groundOf(cell) === ground));
}

/** @param {Cell} cell */
function groundOf({ durability, nodes }) {
  return `${durability} ${nodes}`;
}
