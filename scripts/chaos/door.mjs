/**
 * One node's HTTP interface as the chaos uses it, with connections kept open. Each request is sent
 * once, given up after a time, and never rejects: that no answer came is an answer here.
 */

import { Agent, request } from "node:http";
import { codeOf } from "../launcher/failure.mjs";

/**
 * @typedef {object} Answer
 * @property {number} status 0: no answer came
 * @property {string | null} version from the ETag
 * @property {string} body
 * @property {string} failure the system's reason where no answer came (`ECONNREFUSED`, `TIMEOUT`)
 */

/** @typedef {{value?: string, timeoutMs: number}} Asking */

const CONTENT_TYPE = "text/plain; charset=utf-8";

export class Door {
  #url;
  #agent = new Agent({ keepAlive: true, scheduling: "fifo" });

  /** @param {string} url `http://127.0.0.1:8001` */
  constructor(url) {
    this.#url = new URL(url);
  }

  close() {
    this.#agent.destroy();
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {Asking} asking
   * @returns {Promise<Answer>}
   */
  ask(method, path, { value, timeoutMs }) {
    const { hostname, port } = this.#url;
    const headers =
      value === undefined
        ? {}
        : { "content-type": CONTENT_TYPE, "content-length": Buffer.byteLength(value) };
    const options = { hostname, port, method, path, headers, agent: this.#agent };
    return new Promise((resolve) => {
      const sent = request(options, (response) => {
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (/** @type {string} */ part) => {
          body += part;
        });
        response.once("end", () => {
          const version = response.headers.etag?.replaceAll('"', "") ?? null;
          end({ status: response.statusCode ?? 0, version, body, failure: "" });
        });
        response.once("error", (error) => end(noAnswer(error)));
        response.once("close", () => end(noAnswer({ code: "ABORTED" }))); // Nothing after an end.
      });
      // Of the whole exchange, not of silence: a client waits for its answer, not for bytes.
      const timer = setTimeout(() => sent.destroy(new TimeIsUp()), timeoutMs);
      const end = (/** @type {Answer} */ answer) => {
        clearTimeout(timer);
        resolve(answer);
      };
      sent.once("error", (error) => end(noAnswer(error)));
      sent.end(value);
    });
  }

  /**
   * The JSON that a 200 brought; null for anything else.
   *
   * @param {string} path
   * @param {number} timeoutMs
   * @returns {Promise<unknown>}
   */
  async json(path, timeoutMs) {
    const { status, body } = await this.ask("GET", path, { timeoutMs });
    return status === 200 ? JSON.parse(body) : null;
  }
}

class TimeIsUp extends Error {
  code = "TIMEOUT";
}

/** @param {unknown} thrown @returns {Answer} */
function noAnswer(thrown) {
  return { status: 0, version: null, body: "", failure: codeOf(thrown) || "ERROR" };
}
