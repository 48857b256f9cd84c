/** Says something to a Redis of the stage, over a connection of its own. It judges no answer. */

import { connect } from "node:net";

const TIMEOUT_MS = 5_000;

/**
 * @param {number} port
 * @param {string} words one command without spaces in its arguments
 * @returns {Promise<string>} what it answered, as it came; nothing: it did not answer
 */
export function sayToRedis(port, words) {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    let answer = "";
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy());
    socket.once("connect", () => socket.write(`${words}\r\nQUIT\r\n`));
    socket.on("data", (bytes) => {
      answer += bytes.toString("latin1");
    });
    socket.on("error", () => {}); // The close that follows says enough.
    // The last line is the answer to QUIT, which makes Redis close.
    socket.once("close", () => resolve(answer.replace(/\+OK\r\n$/, "").trim()));
  });
}

/**
 * A field of INFO.
 *
 * @param {number} port
 * @param {string} section
 * @param {string} field
 * @returns {Promise<string | null>}
 */
export async function infoOf(port, section, field) {
  const text = await sayToRedis(port, `INFO ${section}`);
  const line = text.split("\r\n").find((it) => it.startsWith(`${field}:`));
  return line?.slice(field.length + 1) ?? null;
}
