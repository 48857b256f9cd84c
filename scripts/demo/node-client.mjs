/**
 * One node's HTTP interface, with connections kept open. It sends each request once and reports
 * what came; whether to ask again is decided by whoever asked.
 */

import { Agent, request } from "node:http";

const REQUEST_TIMEOUT_MS = 10_000;

/** @typedef {{status: number, body: Buffer}} Answer status 0: there was no answer */

export class NodeClient {
  #url;
  #agent;

  /** @param {string} url @param {number} connections */
  constructor(url, connections) {
    this.#url = new URL(url);
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  /** @param {string} key @param {Buffer} value */
  put(key, value) {
    return this.#ask("PUT", `/kv/${encodeURIComponent(key)}`, value);
  }

  /** @param {string} key */
  get(key) {
    return this.#ask("GET", `/kv/${encodeURIComponent(key)}`);
  }

  /** @returns {Promise<boolean>} */
  async isReady() {
    return (await this.#ask("GET", "/readyz")).status === 200;
  }

  /** @returns {Promise<{records: number, foreignRecords: number} | null>} null: no answer */
  async status() {
    const { status, body } = await this.#ask("GET", "/status");
    return status === 200 ? JSON.parse(body.toString("utf8")) : null;
  }

  close() {
    this.#agent.destroy();
  }

  /**
   * Never rejects.
   *
   * @param {string} method
   * @param {string} path
   * @param {Buffer} [value]
   * @returns {Promise<Answer>}
   */
  #ask(method, path, value) {
    return new Promise((resolve) => {
      const none = () => resolve({ status: 0, body: Buffer.alloc(0) });
      const headers = value && {
        "content-type": "application/json",
        "content-length": value.length,
      };
      const { hostname, port } = this.#url;
      const sent = request(
        { hostname, port, method, path, headers, agent: this.#agent, timeout: REQUEST_TIMEOUT_MS },
        (response) => {
          /** @type {Buffer[]} */
          const parts = [];
          response.on("data", (/** @type {Buffer} */ part) => parts.push(part));
          response.once("end", () =>
            resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts) }),
          );
          response.once("error", none);
          response.once("close", none); // After an end, this says nothing new.
        },
      );
      sent.once("timeout", () => sent.destroy());
      sent.once("error", none);
      sent.end(value);
    });
  }
}
