/**
 * Whether ports are free, and which ones a test may use. It never takes a port away from anyone.
 */

import { createServer } from "node:net";
import { codeOf, LauncherFailure } from "./failure.mjs";

/** Below the range from which Linux takes the ports of outgoing connections (32,768 and up). */
const TEST_PORT_MIN = 10_000;
const TEST_PORT_MAX = 32_000;

/** @typedef {{port: number, host: string, use: string, hint: string}} WantedPort */

/**
 * Rejects with one failure that names every port that cannot be had.
 *
 * @param {readonly WantedPort[]} wanted
 */
export async function demandPorts(wanted) {
  const answers = await Promise.all(wanted.map(({ port, host }) => tryPort(port, host)));
  const problems = wanted.flatMap(({ port, use, hint }, index) => {
    const code = answers[index];
    if (code === "") return [];
    if (code === "EADDRINUSE")
      return [`port ${port} is taken, and ${use} needs it: stop what listens there, or ${hint}`];
    return [`port ${port} cannot be used for ${use} (${code}): ${hint}`];
  });
  if (problems.length > 0) throw new LauncherFailure(problems.join("\n"));
}

/**
 * Free ports on 127.0.0.1 that stay usable when their process is restarted. A port handed out by
 * the system (port 0) may meanwhile become the source of somebody's outgoing connection.
 *
 * @param {number} count
 * @returns {Promise<number[]>}
 */
export async function freePorts(count) {
  /** @type {Set<number>} */
  const found = new Set();
  while (found.size < count) {
    const port = TEST_PORT_MIN + Math.floor(Math.random() * (TEST_PORT_MAX - TEST_PORT_MIN));
    if (!found.has(port) && (await tryPort(port, "127.0.0.1")) === "") found.add(port);
  }
  return [...found];
}

/**
 * @param {number} port
 * @param {string} host
 * @returns {Promise<string>} the empty string if it is free, else the system's error code
 */
function tryPort(port, host) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error) => resolve(codeOf(error) || "unknown error"));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve("")));
  });
}
