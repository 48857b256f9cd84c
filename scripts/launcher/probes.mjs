/**
 * Asks whether a Redis or a node answers yet. It needs nothing but Node.js, never rejects, and a
 * question takes at most half a second.
 */

import { get } from "node:http";
import { get as getByTls } from "node:https";
import { connect } from "node:net";

const PROBE_TIMEOUT_MS = 500;
const PROBE = "*3\r\n$4\r\nAUTH\r\n$6\r\nhealth\r\n$1\r\n-\r\n*1\r\n$4\r\nPING\r\n";

/**
 * Redis takes connections while it still loads its data, so a port that listens proves nothing:
 * only PONG does. It asks as the user of redis/users.acl who may do that; a Redis without such
 * users refuses the first question, and answers the second to anybody.
 *
 * @param {number} port
 * @returns {Promise<string>} the empty string when it is ready, else what it said
 */
export function askRedis(port) {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    let text = "";
    socket.setTimeout(PROBE_TIMEOUT_MS, () => socket.destroy());
    socket.once("connect", () => socket.write(PROBE));
    socket.on("data", (data) => {
      text += data.toString("latin1");
      const [, answer] = text.split("\r\n").slice(0, -1);
      if (answer === undefined) return;
      resolve(answer.startsWith("+PONG") ? "" : answer);
      socket.destroy();
    });
    socket.on("error", () => {});
    socket.once("close", () => resolve("no answer"));
  });
}

/**
 * @param {string} url a health address of a node
 * @returns {Promise<string>} the empty string for 200, else what it said
 */
export function askNode(url) {
  return new Promise((resolve) => {
    // Whose certificate it is does not matter here: nothing is told, and yes or no is asked.
    const options = { agent: false, timeout: PROBE_TIMEOUT_MS, rejectUnauthorized: false };
    const ask = url.startsWith("https:") ? getByTls : get;
    const request = ask(url, options, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (text) => {
        body += text;
      });
      response.once("close", () => resolve(response.statusCode === 200 ? "" : body.trim() || "?"));
    });
    request.once("timeout", () => request.destroy());
    request.once("error", () => resolve("no answer"));
  });
}
