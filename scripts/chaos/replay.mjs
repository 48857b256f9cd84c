/**
 * Delivers every request of a peer twice, and gives the caller the first answer alone: what a
 * network, or whoever stands in it, might repeat. The handshake is left alone: it would be refused.
 *
 * It knows of RESP where a message ends, and no more.
 */

import { Transform } from "node:stream";

const CR = 13;
const ONCE = ["RKV.CHALLENGE", "RKV.HELLO"];

/**
 * @param {{repeated: number}} count of what was delivered twice, for the story
 * @returns {import("./bend.mjs").Bending}
 */
export function twice(count) {
  return () => {
    /** @type {number[]} how many answers belong to each request that is not answered yet */
    const due = [];
    const there = byMessage((message) => {
      const isRepeated = isKnown(message) && !ONCE.includes(nameIn(message));
      due.push(isRepeated ? 2 : 1);
      if (isRepeated) count.repeated++;
      return isRepeated ? [message, message] : [message];
    });
    let isSecond = false;
    const back = byMessage((answer) => {
      if (isSecond) {
        isSecond = false;
        due.shift();
        return [];
      }
      isSecond = due[0] === 2;
      if (!isSecond) due.shift();
      return [answer];
    });
    return { there, back };
  };
}

/** @param {(message: Buffer) => Buffer[]} onMessage */
function byMessage(onMessage) {
  let rest = Buffer.alloc(0);
  return new Transform({
    transform(/** @type {Buffer} */ chunk, _encoding, done) {
      rest = Buffer.concat([rest, chunk]);
      for (let end = endOfMessage(rest, 0); end !== -1; end = endOfMessage(rest, 0)) {
        for (const message of onMessage(rest.subarray(0, end))) this.push(message);
        rest = rest.subarray(end);
      }
      done();
    },
  });
}

/**
 * Where the message that begins at `from` ends; -1: not all of it is there yet.
 *
 * @param {Buffer} bytes
 * @param {number} from
 * @returns {number}
 */
export function endOfMessage(bytes, from) {
  const lineEnd = bytes.indexOf(CR, from);
  if (lineEnd === -1 || lineEnd + 1 >= bytes.length) return -1;
  const kind = String.fromCharCode(bytes[from] ?? 0);
  const after = lineEnd + 2;
  if (kind !== "*" && kind !== "$") return after; // Simple strings, errors and numbers.
  const size = Number(bytes.toString("latin1", from + 1, lineEnd));
  if (kind === "$") {
    if (size < 0) return after;
    return after + size + 2 <= bytes.length ? after + size + 2 : -1;
  }
  let end = after;
  for (let part = 0; part < size && end !== -1; part++)
    end = end < bytes.length ? endOfMessage(bytes, end) : -1;
  return end;
}

function isKnown(/** @type {Buffer} */ message) {
  return nameIn(message).startsWith("RKV.");
}

/** The first bulk string of a request. */
function nameIn(/** @type {Buffer} */ message) {
  const [, , name = ""] = message.toString("latin1", 0, 64).split("\r\n");
  return name.toUpperCase();
}
