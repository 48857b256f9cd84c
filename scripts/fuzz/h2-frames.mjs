/**
 * HTTP/2 frames as bytes, right or wrong: what no client library would send. Pure.
 *
 * Header blocks are written without compression (HPACK literals that are never indexed), so that
 * a stream can be opened without keeping a table.
 */

export const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");

export const TYPE = /** @type {const} */ ({
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
});

export const FLAG = /** @type {const} */ ({ endStream: 1, ack: 1, endHeaders: 4 });

/**
 * @typedef {object} Frame
 * @property {number} type
 * @property {number} [flags]
 * @property {number} [stream]
 * @property {Uint8Array} [payload]
 * @property {number} [length] what is announced, if it is not the payload's
 */

/** @param {Frame} frame @returns {Buffer} */
export function frameOf({ type, flags = 0, stream = 0, payload = Buffer.alloc(0), length }) {
  const head = Buffer.alloc(9);
  head.writeUIntBE((length ?? payload.length) & 0xffffff, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream >>> 0, 5);
  return Buffer.concat([head, payload]);
}

/** @param {readonly (readonly [string, string])[]} fields of at most 126 bytes each */
export function headerBlock(fields) {
  const text = (/** @type {string} */ it) => {
    const bytes = Buffer.from(it, "latin1");
    return [Buffer.from([bytes.length & 0x7f]), bytes];
  };
  return Buffer.concat(
    fields.flatMap(([name, value]) => [Buffer.from([0x10]), ...text(name), ...text(value)]),
  );
}

/** The headers of a call. @param {string} path */
export function callHeaders(path) {
  return headerBlock([
    [":method", "POST"],
    [":scheme", "http"],
    [":path", path],
    [":authority", "localhost"],
    ["content-type", "application/grpc"],
    ["te", "trailers"],
  ]);
}

/**
 * A message as gRPC frames it.
 *
 * @param {Uint8Array} message @param {number} [length] @param {number} [compressed]
 */
export function messageOf(message, length = message.length, compressed = 0) {
  const head = Buffer.alloc(5);
  head[0] = compressed;
  head.writeUInt32BE(length >>> 0, 1);
  return Buffer.concat([head, message]);
}

/**
 * Whether the other side has said goodbye. Node.js does not close a session that has broken the
 * protocol: it ends with the next ping that is not answered.
 *
 * @param {Buffer} received
 */
export function saysGoodbye(received) {
  for (let at = 0; at + 9 <= received.length; at += 9 + received.readUIntBE(at, 3)) {
    if (received[at + 3] === TYPE.goaway) return true;
  }
  return false;
}

/** What a client says first. */
export function opening() {
  return Buffer.concat([PREFACE, frameOf({ type: TYPE.settings })]);
}
