/**
 * One client: an operation at a time, at a steady pace, each written down with its answer.
 *
 * It writes its own keys, which nobody else does, so that its writes are a sequence; it reads
 * everybody's. It never repeats a request: whether that would be safe is what is looked at.
 */

import { setTimeout as wait } from "node:timers/promises";
import { meaningOfRead, meaningOfWrite } from "./history.mjs";

/** A client that hears nothing for this long gives up, and does not know what became of it. */
const PATIENCE_MS = 1_000;
/** Who does not even get connected tries somebody else meanwhile. */
const AVOID_MS = 300;
const DELETE_SHARE = 0.1;
const READ_SHARE = 0.4;
/**
 * The share of reads that ask all owners, of those who roam; all others take the default. Two of
 * two cannot answer while one is away, so such a read is rightly refused: who stays asks none.
 */
const QUORUM_READ_SHARE = 0.2;
const VALUE_BYTES = 100;

/** @typedef {import("./history.mjs").Operation} Operation */

/**
 * @typedef {object} ClientDeps
 * @property {string} name
 * @property {string | null} home the only node that it asks; null: any, chosen each time
 * @property {"writes" | "reads" | "both"} does
 * @property {readonly string[]} keys its own
 * @property {readonly string[]} allKeys
 * @property {ReadonlyMap<string, import("./door.mjs").Door>} doors
 * @property {import("./stage.mjs").Quorums} quorums
 * @property {import("./dice.mjs").Dice} dice
 * @property {number} paceMs from one operation's begin to the next
 * @property {(operation: Operation) => void} record
 */

export class Client {
  #deps;
  #written = 0;
  /** @type {Map<string, number>} until when a node is not asked */
  #avoided = new Map();

  /** @param {ClientDeps} deps */
  constructor(deps) {
    this.#deps = deps;
  }

  /** Goes on until `signal` aborts, and what was begun has ended. @param {AbortSignal} signal */
  async run(signal) {
    const { dice, paceMs } = this.#deps;
    let nextAtMs = performance.now() + dice.between(0, paceMs);
    while (!signal.aborted) {
      await wait(Math.max(0, nextAtMs - performance.now()));
      if (signal.aborted) return;
      await this.#operate();
      // What an outage has held up is not made up for: that would be another load.
      nextAtMs = Math.max(nextAtMs + paceMs, performance.now());
    }
  }

  #operate() {
    const { dice, does, keys, allKeys } = this.#deps;
    const node = this.#node();
    const isRead = does === "both" ? dice.next() < READ_SHARE : does === "reads";
    if (isRead) return this.#get(node, dice.oneOf(allKeys));
    const key = dice.oneOf(keys);
    return dice.next() < DELETE_SHARE ? this.#write(node, key, null) : this.#put(node, key);
  }

  /** @param {string} node @param {string} key */
  #put(node, key) {
    const value = `${this.#deps.name} ${++this.#written} ${key} `.padEnd(VALUE_BYTES, ".");
    return this.#write(node, key, value);
  }

  /** @param {string} node @param {string} key @param {string | null} value */
  async #write(node, key, value) {
    const { name: client, record } = this.#deps;
    const beginMs = performance.now();
    const method = value === null ? "DELETE" : "PUT";
    const answer = await this.#ask(node, method, { path: pathOf(key), value });
    const endMs = performance.now();
    const kind = value === null ? /** @type {const} */ ("delete") : /** @type {const} */ ("put");
    record({ kind, client, node, key, value, r: 0, beginMs, endMs, ...meaningOfWrite(answer) });
  }

  /** @param {string} node @param {string} key */
  async #get(node, key) {
    const { name: client, dice, does, record } = this.#deps;
    const { replicas, reads } = this.#deps.quorums;
    const isOfAll = does === "both" && dice.next() < QUORUM_READ_SHARE;
    const r = isOfAll ? replicas : reads;
    const path = isOfAll ? `${pathOf(key)}?r=${r}` : pathOf(key);
    const beginMs = performance.now();
    const answer = await this.#ask(node, "GET", { path, value: null });
    const endMs = performance.now();
    record({ kind: "get", client, node, key, r, beginMs, endMs, ...meaningOfRead(answer) });
  }

  /**
   * @param {string} node
   * @param {string} method
   * @param {{path: string, value: string | null}} what
   */
  async #ask(node, method, { path, value }) {
    const door = /** @type {import("./door.mjs").Door} */ (this.#deps.doors.get(node));
    const given = value === null ? {} : { value };
    const answer = await door.ask(method, path, { ...given, timeoutMs: PATIENCE_MS });
    if (answer.status === 0) {
      this.#avoided.set(node, performance.now() + AVOID_MS);
      // One that stays at its node would else do nothing but knock.
      if (this.#deps.home !== null) await wait(this.#deps.paceMs);
    }
    return answer;
  }

  #node() {
    const { home, doors, dice } = this.#deps;
    if (home !== null) return home;
    const nowMs = performance.now();
    const nodes = [...doors.keys()];
    const likely = nodes.filter((node) => (this.#avoided.get(node) ?? 0) <= nowMs);
    return dice.oneOf(likely.length > 0 ? likely : nodes);
  }
}

/** @param {string} key */
export function pathOf(key) {
  return `/kv/${encodeURIComponent(key)}`;
}
