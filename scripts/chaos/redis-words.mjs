/** Says something to a Redis of the stage, over a connection of its own. It judges no answer. */

import { connect } from "node:net";

const TIMEOUT_MS = 5_000;

/**
 * @param {string} url with user and password where it has users: `Stage.adminUrl`
 * @param {string} words one command without spaces in its arguments
 * @returns {Promise<string>} what it answered, as it came; nothing: it did not answer
 */
export function sayToRedis(url, words) {
  const { port, hostname: host, username, password } = new URL(url);
  const login = username === "" ? "" : `AUTH ${username} ${password}\r\n`;
  return new Promise((resolve) => {
    const socket = connect({ port: Number(port), host });
    let answer = "";
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy());
    socket.once("connect", () => socket.write(`${login}${words}\r\nQUIT\r\n`));
    socket.on("data", (bytes) => {
      answer += bytes.toString("latin1");
    });
    socket.on("error", () => {}); // The close that follows says enough.
    // The first line is the answer to the login, the last the one to QUIT, which makes Redis close.
    socket.once("close", () => {
      const said = login === "" ? answer : answer.replace(/^\+OK\r\n/, "");
      resolve(said.replace(/\+OK\r\n$/, "").trim());
    });
  });
}

/**
 * A field of INFO.
 *
 * @param {string} url
 * @param {string} section
 * @param {string} field
 * @returns {Promise<string | null>}
 */
export async function infoOf(url, section, field) {
  const text = await sayToRedis(url, `INFO ${section}`);
  const line = text.split("\r\n").find((it) => it.startsWith(`${field}:`));
  return line?.slice(field.length + 1) ?? null;
}
