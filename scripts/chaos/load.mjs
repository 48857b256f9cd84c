/**
 * All clients of a round and the history that they write. Half of them stay at one node each, as
 * many at every node, and either write or read: by them it is seen whether a node that was left
 * alone goes on serving both. The other half do both at any node, so that one key is written
 * through all of them.
 */

import { Client } from "./client.mjs";
import { Dice } from "./dice.mjs";

/** Few enough to be overwritten again and again within a round. */
const KEYS_PER_CLIENT = 20;

/** @typedef {import("./history.mjs").History} History */

/**
 * @typedef {object} LoadOptions
 * @property {import("./stage.mjs").Stage} stage
 * @property {string} seed
 * @property {number} clients
 * @property {number} rate
 * @property {string} [prefix] of all keys: for who plays several loads on one cluster
 */

export class Load {
  /** @type {History} */
  history = { writes: [], reads: [], finalReads: [] };
  /** @type {ReadonlyMap<string, string | null>} each client's node */
  homes;
  /** @type {readonly string[]} */
  keys;
  #clients;
  #stopping = new AbortController();
  /** @type {Promise<unknown>} */
  #running = Promise.resolve();

  /** @param {LoadOptions} options */
  constructor({ stage, seed, clients, rate, prefix = "" }) {
    const { nodes, doors, quorums } = stage;
    const pairs = Math.max(1, Math.floor(clients / 4 / nodes.length));
    const residents = nodes.flatMap((node) =>
      Array.from({ length: pairs }, (_, index) => [
        { name: `${node}-writer${index + 1}`, home: node, does: /** @type {const} */ ("writes") },
        { name: `${node}-reader${index + 1}`, home: node, does: /** @type {const} */ ("reads") },
      ]).flat(),
    );
    const roamers = Array.from({ length: clients - residents.length }, (_, index) => {
      return { name: `roamer${index + 1}`, home: null, does: /** @type {const} */ ("both") };
    });
    const all = [...residents, ...roamers];
    this.homes = new Map(all.map(({ name, home }) => [name, home]));
    const keysOf = (/** @type {string} */ name) =>
      Array.from({ length: KEYS_PER_CLIENT }, (_, index) => `${prefix}${name}/${index}`);
    this.keys = all.filter(({ does }) => does !== "reads").flatMap(({ name }) => keysOf(name));
    const { history, keys: allKeys } = this;
    this.#clients = all.map(
      ({ name, home, does }) =>
        new Client({
          name,
          home,
          does,
          keys: keysOf(name),
          allKeys,
          doors,
          quorums,
          dice: new Dice(`${seed} ${name}`),
          paceMs: (1_000 * clients) / rate,
          record: (operation) =>
            (operation.kind === "get" ? history.reads : history.writes).push(operation),
        }),
    );
  }

  start() {
    const { signal } = this.#stopping;
    this.#running = Promise.all(this.#clients.map((client) => client.run(signal)));
    this.#running.catch(() => {}); // Whoever stops it hears of it.
  }

  /** Resolves when everything that was begun has ended. */
  async stop() {
    this.#stopping.abort();
    await this.#running;
  }
}
