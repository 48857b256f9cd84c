/**
 * What is tried on the peer port: by strangers, and by somebody who knows the secret and talks
 * nonsense. The latter is `phantom`, a member that nobody else speaks for.
 */

import { membershipHash } from "@ringkv/core";
import { CALLER_LIMITS, dial } from "@ringkv/peers-resp/parsers";
import fc from "fast-check";
import { anyBytes, mutated } from "./arbitraries.mjs";
import { leakIn } from "./oracles.mjs";
import { exchange } from "./raw-socket.mjs";
import { trial } from "./target.mjs";

/** @typedef {import("./target.mjs").Target} Target */
/** @typedef {import("@ringkv/core").NodeId} NodeId */

export const PHANTOM = "phantom";

const COMMANDS = (
  "APPLY TRANSFER READ COPIES LIST PAGE DIGESTS VERSIONS CONTENTS SCRUB BEAT VOTE PURGE " +
  "PURGE-ROUND NOTICES ALERT INQUIRE NONE"
)
  .split(" ")
  .map((name) => `RKV.${name}`);
const HANDSHAKE = ["RKV.CHALLENGE", "RKV.HELLO", "PING", "HELLO", "AUTH", "FLUSHALL", "CONFIG"];

const argument = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom("0", "1", "6", "17", "1023", "60000", "281474976710655"),
  },
  { weight: 1, arbitrary: fc.constantFrom("-1", "1e9", "", "ffff", "node1", PHANTOM, "up", "-") },
  { weight: 1, arbitrary: fc.constantFrom("a".repeat(64), "0".repeat(64), "pre", "vote", "{}") },
  { weight: 3, arbitrary: anyBytes.map((bytes) => bytes.toString("latin1")) },
);

/** @param {readonly string[]} parts @returns {Buffer} */
function resp(parts) {
  const bulks = parts.map((part) => `$${part.length}\r\n${part}\r\n`);
  return Buffer.from(`*${parts.length}\r\n${bulks.join("")}`, "latin1");
}

const call = fc
  .tuple(fc.constantFrom(...HANDSHAKE, ...COMMANDS), fc.array(argument, { maxLength: 9 }))
  .map(([command, rest]) => resp([command, ...rest]));
const HEADS = [
  "*-1\r\n",
  "*99999999\r\n$1\r\n",
  "*1\r\n$99999999\r\n",
  "$5\r\nhello\r\n",
  "+OK\r\n",
];
const strangerBytes = fc.oneof(
  { weight: 5, arbitrary: mutated(call) },
  { weight: 2, arbitrary: call },
  { weight: 1, arbitrary: fc.constantFrom(...HEADS).map((text) => Buffer.from(text)) },
  { weight: 1, arbitrary: fc.constant(Buffer.from("POST / HTTP/1.1\r\nHost: x\r\n\r\n")) },
  { weight: 1, arbitrary: anyBytes },
);

/** @type {Target} */
export const peers = {
  name: "peers",
  what: "bytes on the peer port, without a proof",
  where: "socket",
  share: 4,
  async open({ peer }) {
    return trial({
      arbitrary: strangerBytes,
      async tryOut(bytes) {
        const text = (await exchange(peer, bytes)).toString("latin1");
        if (/^(?:\+|\$)/.test(text)) return `a stranger was answered: ${text.slice(0, 200)}`;
        return text.includes("-INTERNAL") ? "a bug was met" : leakIn(text);
      },
      close() {},
    });
  },
};

/** What a member may send: a stamp that is in time, most often, and then anything. */
const memberCall = fc.record({
  command: fc.constantFrom(...COMMANDS),
  budget: fc.oneof(
    { weight: 9, arbitrary: fc.constant("2000") },
    { weight: 1, arbitrary: argument },
  ),
  rest: fc.array(
    argument.map((text) => Buffer.from(text, "latin1")),
    { maxLength: 8 },
  ),
});

/** @type {Target} */
export const members = {
  name: "members",
  what: "calls on the peer port, with a valid proof",
  where: "socket",
  share: 3,
  lanes: 1, // A member's newest connection is its only one.
  async open(ground) {
    /** @type {import("ioredis").Redis | null} */
    let redis = null;
    const over = new AbortController();
    return trial({
      arbitrary: memberCall,
      async tryOut({ command, budget, rest }) {
        redis ??= await connectAs(PHANTOM, ground, over.signal);
        const sentAt = String(Math.floor(performance.now()));
        try {
          await redis.callBuffer(command, sentAt, budget, ...rest);
          return "";
        } catch (thrown) {
          const { message, name } = /** @type {Error} */ (thrown);
          if (name !== "ReplyError") redis = null; // Closed: one that is malformed may be.
          if (message.includes("INTERNAL")) return `a bug was met: ${command}`;
          return leakIn(name === "ReplyError" ? message : "");
        }
      },
      close() {
        over.abort();
        redis?.disconnect();
      },
    });
  },
};

/**
 * A connection that has proved itself, made by the package's own caller.
 *
 * @param {string} name @param {import("./target.mjs").Ground} ground @param {AbortSignal} signal
 */
async function connectAs(name, { peer, secret, members: names }, signal) {
  const all = /** @type {NodeId[]} */ ([...names]);
  const self = {
    clusterId: "ringkv",
    membershipHash: membershipHash(all, 2),
    node: /** @type {NodeId} */ (name),
    members: all,
    secret,
    incarnation: () => 1,
  };
  const clock = { monotonicMs: () => performance.now() };
  const node = /** @type {NodeId} */ ("node1");
  const place = { node, address: peer, tls: null };
  const redis = await dial({ ...place, self, clock, limits: CALLER_LIMITS, signal });
  redis.on("error", () => {});
  return redis;
}
