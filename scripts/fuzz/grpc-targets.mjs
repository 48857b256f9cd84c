/** What is tried on the gRPC port: frames of HTTP/2, and messages that are no messages. */

import { connect as connectHttp2, constants } from "node:http2";
import fc from "fast-check";
import { anyBytes, mutated } from "./arbitraries.mjs";
import { callHeaders, frameOf, messageOf, opening, saysGoodbye, TYPE } from "./h2-frames.mjs";
import { leakIn } from "./oracles.mjs";
import { exchange } from "./raw-socket.mjs";
import { trial } from "./target.mjs";

/** @typedef {import("./target.mjs").Target} Target */

const STORE = "/ringkv.v1.KeyValueStore";
const METHODS = [
  ...["Put", "Get", "Delete", "Batch", "List", "Restore", "None"].map((it) => `${STORE}/${it}`),
  ...["Status", "Locate"].map((it) => `/ringkv.v1.Cluster/${it}`),
  "/grpc.health.v1.Health/Check",
  "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
];

const LENGTHS = [undefined, 0, 1, 16_385, 0xffffff];

const frame = fc.oneof(
  fc
    .record({
      type: fc.oneof(fc.constantFrom(...Object.values(TYPE)), fc.nat(255)),
      flags: fc.nat(255),
      stream: fc.constantFrom(0, 1, 2, 3, 5, 0x7fffffff, 0xffffffff),
      payload: anyBytes,
      length: fc.constantFrom(...LENGTHS),
    })
    .map(({ length, ...it }) => frameOf(length === undefined ? it : { ...it, length })),
  fc.constantFrom(...METHODS).map((path) => {
    return frameOf({ type: TYPE.headers, flags: 4, stream: 1, payload: callHeaders(path) });
  }),
  anyBytes.map((bytes) => {
    return frameOf({ type: TYPE.data, flags: 1, stream: 1, payload: messageOf(bytes) });
  }),
);

const session = fc.array(frame, { maxLength: 8 }).map((all) => Buffer.concat([opening(), ...all]));

/** @type {Target} */
export const frames = {
  name: "grpc-frames",
  what: "frames of HTTP/2 on the gRPC port",
  where: "socket",
  share: 2,
  async open({ grpc }) {
    return trial({
      arbitrary: fc.oneof(
        { weight: 4, arbitrary: session },
        { weight: 2, arbitrary: mutated(session) },
        { weight: 1, arbitrary: anyBytes },
      ),
      async tryOut(bytes) {
        const received = await exchange(grpc, bytes, saysGoodbye);
        return leakIn(received.toString("latin1"));
      },
      close() {},
    });
  },
};

/** A field of a message: a tag, and a payload that fits it or not. */
const field = fc.oneof(
  fc.tuple(fc.integer({ min: 1, max: 9 }), anyBytes).map(([number, bytes]) => {
    const size = Math.min(bytes.length, 127);
    return Buffer.concat([Buffer.from([(number << 3) | 2, size]), bytes.subarray(0, size)]);
  }),
  fc.tuple(fc.nat(31), fc.nat(5), fc.nat(127)).map(([number, kind, value]) => {
    return Buffer.from([((number << 3) | kind) & 0x7f, value]);
  }),
  fc.constant(Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x07])), // Announces 2 GiB.
  fc.integer({ min: 1, max: 200 }).map((depth) => Buffer.alloc(depth * 2, 0x0b)),
);
const message = mutated(
  fc.array(field, { maxLength: 6 }).map((all) => Buffer.concat(all)),
  2,
);
const framed = fc.oneof(
  { weight: 8, arbitrary: message.map((bytes) => messageOf(bytes)) },
  { weight: 1, arbitrary: message.map((bytes) => messageOf(bytes, 0x7fffffff)) },
  { weight: 1, arbitrary: message.map((bytes) => messageOf(bytes, bytes.length, 1)) },
  { weight: 1, arbitrary: anyBytes },
);

const PATIENCE_MS = 20_000;
/** INTERNAL is what the library itself says of bytes that are no message. */
const NO_MESSAGE = /deserializ|index out of range|invalid|incompatible|compress|encoding|length/i;

/** @type {Target} */
export const messages = {
  name: "grpc-messages",
  what: "messages that are none, in calls of gRPC",
  where: "socket",
  share: 3,
  async open({ grpc, ledger }) {
    let client = connectHttp2(`http://${grpc.host}:${grpc.port}`);
    client.on("error", () => {});
    let turn = 0;
    return trial({
      arbitrary: framed,
      async tryOut(bytes) {
        const path = METHODS[turn++ % METHODS.length] ?? "";
        if (client.destroyed || client.closed) {
          client = connectHttp2(`http://${grpc.host}:${grpc.port}`);
          client.on("error", () => {});
        }
        const { status, text, answer } = await callWith(client, path, bytes);
        if (status === "0") ledger.note(textsIn(answer));
        const isBug = status === "13" && !NO_MESSAGE.test(text);
        return isBug || status === "2" ? `status ${status}: ${text}` : leakIn(text);
      },
      close: () => client.destroy(),
    });
  },
};

/** @param {Record<string, unknown>} headers @param {string} name */
function textOf(headers, name) {
  const value = headers[name];
  return typeof value === "string" ? value : undefined;
}

/** Whatever may be a text in an answer: the keys of its receipts are among them. */
/** @param {Buffer} answer */
function textsIn(answer) {
  return [...answer].flatMap((byte, at) => {
    if (byte !== 0x0a) return [];
    const [low = 0, high = 0] = answer.subarray(at + 1, at + 3);
    const [from, size] = low < 0x80 ? [at + 2, low] : [at + 3, (low & 0x7f) + high * 128];
    return [answer.toString("utf8", from, from + size)];
  });
}

/**
 * @param {import("node:http2").ClientHttp2Session} client @param {string} path
 * @param {Buffer} bytes @returns {Promise<{status: string, text: string, answer: Buffer}>}
 */
function callWith(client, path, bytes) {
  return new Promise((resolve, reject) => {
    const call = client.request({
      [constants.HTTP2_HEADER_METHOD]: "POST",
      [constants.HTTP2_HEADER_PATH]: path,
      "content-type": "application/grpc",
      te: "trailers",
    });
    let [status, text] = ["", ""];
    /** @type {Buffer[]} */
    const pieces = [];
    const read = (/** @type {Record<string, unknown>} */ headers) => {
      status = textOf(headers, "grpc-status") ?? status;
      text = decodeURIComponent(textOf(headers, "grpc-message") ?? text);
    };
    call.setTimeout(PATIENCE_MS, () => {
      reject(new Error(`no end of ${path} within ${PATIENCE_MS} ms`));
      call.close(constants.NGHTTP2_CANCEL);
    });
    call.on("response", read);
    call.on("trailers", read);
    call.on("error", () => {});
    call.on("close", () => resolve({ status, text, answer: Buffer.concat(pieces) }));
    call.on("data", (/** @type {Buffer} */ piece) => pieces.push(piece));
    call.end(bytes);
  });
}
