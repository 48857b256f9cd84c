/**
 * Bytes to a port and bytes back, on a connection of its own for each input or on one that is kept.
 * An answer that does not come is a finding, so every wait has an end.
 */

import { connect } from "node:net";

/** Far above what anything takes here, on a machine that is busy with other things. */
const PATIENCE_MS = 20_000;
/** More than any answer that is asked for. */
const KEPT_BYTES_MAX = 4 * 1_024 * 1_024;

/** @typedef {{host: string, port: number}} Place */

/**
 * Sends `bytes` and says that nothing more will come; resolves with all that came back when the
 * other side has closed, or has said that it is `over`.
 *
 * @param {Place} place @param {Uint8Array} bytes
 * @param {(received: Buffer) => boolean} [isOver] @returns {Promise<Buffer>}
 */
export function exchange(place, bytes, isOver) {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...place, noDelay: true });
    /** @type {Buffer[]} */
    const received = [];
    let count = 0;
    socket.setTimeout(PATIENCE_MS, () => {
      reject(new Error(`no answer and no end within ${PATIENCE_MS} ms`));
      socket.destroy();
    });
    socket.on("data", (chunk) => {
      count += chunk.length;
      if (count <= KEPT_BYTES_MAX) received.push(chunk);
      if (isOver?.(Buffer.concat(received))) socket.destroy();
    });
    socket.on("error", (/** @type {NodeJS.ErrnoException} */ error) => {
      if (error.code === "ECONNREFUSED") reject(new Error("nobody listens any more"));
    });
    socket.on("close", () => resolve(Buffer.concat(received)));
    socket.end(bytes);
  });
}

/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {string} head
 * @property {Buffer} body
 */

/** One connection for many requests, one after the other. */
export class KeptConnection {
  #place;
  /** @type {import("node:net").Socket | null} */
  #socket = null;
  #received = Buffer.alloc(0);
  /** @type {() => void} */
  #wake = () => {};

  /** @param {Place} place */
  constructor(place) {
    this.#place = place;
  }

  /**
   * The answer to a request with a `Content-Length`, or null when the connection ended without one.
   *
   * @param {string} head without the empty line @param {Uint8Array} [body]
   * @returns {Promise<Answer | null>}
   */
  async ask(head, body = Buffer.alloc(0)) {
    const socket = this.#socket ?? this.#open();
    const length = body.length > 0 ? `\r\nContent-Length: ${body.length}` : "";
    const bytes = [Buffer.from(`${head}${length}\r\n\r\n`, "latin1"), body];
    socket.write(Buffer.concat(bytes));
    const answer = await this.#answer(head.startsWith("HEAD"));
    const isLast = answer === null || /\r\nconnection: close/i.test(answer.head);
    if (isLast || this.#received.length > 0) this.close();
    return answer;
  }

  close() {
    this.#socket?.destroy();
    this.#socket = null;
    this.#received = Buffer.alloc(0);
  }

  #open() {
    const socket = connect({ ...this.#place, noDelay: true });
    this.#socket = socket;
    this.#received = Buffer.alloc(0);
    socket.on("data", (chunk) => {
      if (this.#socket !== socket) return;
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#wake();
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      if (this.#socket === socket) this.#socket = null;
      this.#wake();
    });
    return socket;
  }

  /** @param {boolean} isHead @returns {Promise<Answer | null>} */
  async #answer(isHead) {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const answer = answerIn(this.#received, isHead);
      if (answer !== null) {
        this.#received = this.#received.subarray(answer.length);
        return answer;
      }
      if (this.#socket === null) return null;
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`no answer within ${PATIENCE_MS} ms`);
      await this.#more(left);
    }
  }

  /** @param {number} ms @returns {Promise<void>} */
  #more(ms) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** @param {Buffer} bytes @param {boolean} isHead @returns {(Answer & {length: number}) | null} */
function answerIn(bytes, isHead) {
  const end = bytes.indexOf("\r\n\r\n");
  if (end === -1) return null;
  const head = bytes.toString("latin1", 0, end);
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0);
  const isEmpty = isHead || status === 204 || status === 304;
  const size = isEmpty ? 0 : Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
  const length = end + 4 + size;
  if (bytes.length < length) return null;
  return { status, head, body: bytes.subarray(end + 4, length), length };
}
