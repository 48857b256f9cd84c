/**
 * How `npm run node` speaks to the running launcher: one line of JSON each way over a local socket.
 *
 * Whoever listens on it owns the data directory, so it is also the lock that keeps a second
 * launcher, and a second Redis, from the same files.
 */

import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { codeOf, LauncherFailure, messageOf } from "./failure.mjs";

/** What `sun_path` holds on the smallest of our systems, without its final zero. */
const SOCKET_PATH_BYTES_MAX = 103;
const REQUEST_BYTES_MAX = 1_024;

/** @typedef {{action: string, name: string}} ControlRequest */
/** @typedef {{done: string} | {refused: string}} ControlReply */

/** @param {string} dataDirectory an absolute path */
export function controlSocketPath(dataDirectory) {
  const socket = path.join(dataDirectory, "run", "launcher.sock");
  if (process.platform !== "win32" && Buffer.byteLength(socket) <= SOCKET_PATH_BYTES_MAX)
    return socket;
  const name = `ringkv-${createHash("sha256").update(socket).digest("hex").slice(0, 16)}`;
  return process.platform === "win32" ? `\\\\.\\pipe\\${name}` : path.join(tmpdir(), name);
}

/**
 * @param {string} dataDirectory
 * @param {(request: ControlRequest) => Promise<string>} act what it resolves or rejects with is
 *   told to the other side
 * @returns {Promise<{close: () => Promise<void>}>}
 */
export async function openControlChannel(dataDirectory, act) {
  const socketPath = controlSocketPath(dataDirectory);
  /** @type {Set<import("node:net").Socket>} */
  const open = new Set();
  const server = createServer((socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    socket.on("error", () => {}); // The other side left; nobody waits for the answer.
    readLine(socket, REQUEST_BYTES_MAX)
      .then((line) => act(/** @type {ControlRequest} */ (JSON.parse(line))))
      .then(
        (done) => socket.end(`${JSON.stringify({ done })}\n`),
        (error) => socket.end(`${JSON.stringify({ refused: messageOf(error) })}\n`),
      );
  });
  await listen(server, socketPath).catch(async (error) => {
    if (codeOf(error) !== "EADDRINUSE") throw error;
    if (await answers(socketPath))
      throw new LauncherFailure(`a launcher already runs on ${dataDirectory}: stop it first`);
    rmSync(socketPath, { force: true }); // Left behind by a launcher that was killed.
    await listen(server, socketPath);
  });
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy(); // One that asks nothing would hold the exit.
      }),
  };
}

/**
 * Asks the launcher of this data directory to do something, and waits until it is done.
 *
 * @param {string} dataDirectory
 * @param {ControlRequest} request
 * @returns {Promise<ControlReply | null>} null when no launcher runs there
 */
export async function askLauncher(dataDirectory, request) {
  const socket = connect(controlSocketPath(dataDirectory));
  try {
    const reply = readLine(socket, Number.POSITIVE_INFINITY);
    socket.write(`${JSON.stringify(request)}\n`);
    return JSON.parse(await reply);
  } catch (error) {
    if (["ENOENT", "ECONNREFUSED"].includes(codeOf(error))) return null;
    throw error;
  } finally {
    socket.destroy();
  }
}

/** @param {import("node:net").Server} server @param {string} socketPath @returns {Promise<void>} */
function listen(server, socketPath) {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(socketPath, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/** @param {string} socketPath @returns {Promise<boolean>} */
function answers(socketPath) {
  return new Promise((resolve) => {
    const socket = connect(socketPath, () => resolve(true));
    socket.once("error", () => resolve(false));
    socket.once("close", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

/**
 * @param {import("node:net").Socket} socket
 * @param {number} bytesMax
 * @returns {Promise<string>}
 */
function readLine(socket, bytesMax) {
  return new Promise((resolve, reject) => {
    let text = "";
    socket.setEncoding("utf8");
    socket.on("data", (part) => {
      text += part;
      const end = text.indexOf("\n");
      if (end >= 0) resolve(text.slice(0, end));
      else if (text.length > bytesMax) reject(new LauncherFailure("the request is too long"));
    });
    socket.once("error", reject);
    socket.once("close", () => reject(new LauncherFailure("the launcher went away")));
  });
}
