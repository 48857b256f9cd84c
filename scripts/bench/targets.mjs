/** What was set as a goal. A run shows where it stands; none of them makes it fail. */

/**
 * @typedef {object} Target
 * @property {string} name of a ratio or figure
 * @property {string} what
 * @property {number} [least]
 * @property {number} [most]
 */

/** @type {readonly Target[]} */
export const TARGETS = [
  { name: "get_vs_webdis", what: "GET beside webdis", least: 0.8 },
  { name: "get_vs_etcd", what: "GET beside etcd", least: 5 },
  { name: "put_vs_webdis", what: "PUT (two copies) beside webdis (one)", least: 0.45 },
  { name: "put_vs_etcd", what: "PUT beside etcd", least: 3 },
  { name: "get_p99_vs_webdis", what: "p99 of GET beside webdis", most: 3 },
  { name: "put_p99_vs_webdis", what: "p99 of PUT beside webdis", most: 3 },
  { name: "batch_get_keys_per_s", what: "keys/s in batches of 100", least: 400_000 },
  { name: "batch_put_records_per_s", what: "records/s in batches of 100", least: 150_000 },
  { name: "recovery_records_per_s", what: "a wiped node recovers, records/s", least: 50_000 },
  { name: "record_last_vs_first", what: "the last record beside the first", most: 1.1 },
  { name: "idle_node_percent", what: "an idle node, % of a core", most: 1 },
  { name: "idle_node_mb", what: "an idle node, MB", most: 110 },
];
