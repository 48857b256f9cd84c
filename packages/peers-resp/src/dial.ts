/**
 * Connects to a peer and shakes hands. What comes out is a connection that may be used; whoever
 * answers with another identity, or without the secret, is not one.
 */

import type { NodeId } from "@ringkv/core";
import type { Clock } from "@ringkv/engine";
import { Redis } from "ioredis";
import type { Address } from "./callee.js";
import {
  type Identity,
  identityOf,
  isSameProof,
  mismatchOf,
  newNonce,
  PROTOCOL,
  proofOf,
  type Self,
} from "./identity.js";
import { CALLEE_LIMITS, type CallerLimits } from "./limits.js";
import { dialOptions, type PeerTls } from "./peer-tls.js";
import {
  bulksOf,
  codeOf,
  decodeIdentity,
  digestOf,
  encodeHello,
  type HandshakeCode,
  Malformed,
} from "./wire.js";

export interface DialDeps {
  readonly node: NodeId;
  readonly address: Address;
  readonly self: Self;
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly limits: CallerLimits;
  /** Null: in the clear. */
  readonly tls: PeerTls | null;
  /** Ends an attempt that is under way. */
  readonly signal: AbortSignal;
}

/** The two nodes may not work together, until somebody changes a configuration. */
export class HandshakeRefused extends Error {
  override readonly name = "HandshakeRefused";
  readonly code: HandshakeCode | "MALFORMED";
  /** What differed, for the log; nothing secret. */
  readonly fields: object;

  constructor(code: HandshakeCode | "MALFORMED", fields: object) {
    super(code);
    this.code = code;
    this.fields = fields;
  }
}

/** Rejects with `HandshakeRefused`, or with why there is no connection. */
export async function dial(deps: DialDeps): Promise<Redis> {
  const { signal, limits } = deps;
  const redis = newClient(deps);
  const errors: Error[] = [];
  redis.on("error", (error: Error) => errors.splice(0, 1, error));
  const end = () => {
    redis.disconnect();
    redis.stream?.destroy();
  };
  const timer = setTimeout(() => {
    errors[0] = new Error(`no handshake within ${limits.handshakeTimeoutMs} ms`);
    end();
  }, limits.handshakeTimeoutMs);
  signal.addEventListener("abort", end, { once: true });
  try {
    signal.throwIfAborted();
    await redis.connect();
    await limitingBytes(redis, end, () => shakeHands(redis, deps));
    return redis;
  } catch (thrown) {
    end();
    throw thrown instanceof HandshakeRefused ? thrown : (errors[0] ?? thrown);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
  }
}

/** A client that sends nothing of its own, repeats nothing, and does not come back by itself. */
function newClient({ node, address, limits, tls }: DialDeps): Redis {
  return new Redis({
    ...address,
    ...(tls === null ? {} : { tls: dialOptions(tls, node) }),
    protocol: 2, // No HELLO.
    disableClientInfo: true, // No CLIENT SETINFO.
    enableReadyCheck: false, // No INFO.
    lazyConnect: true,
    enableOfflineQueue: false,
    // A call that is sent again by itself would come later than its budget.
    autoResendUnfulfilledCommands: false,
    retryStrategy: () => null,
    connectTimeout: limits.connectTimeoutMs,
    disconnectTimeout: 0,
    noDelay: true,
  });
}

async function shakeHands(redis: Redis, { node, self, clock }: DialDeps): Promise<void> {
  const here = identityOf(self);
  try {
    const nonce = newNonce();
    const reply = bulksOf(await redis.callBuffer("RKV.CHALLENGE", PROTOCOL, nonce), 6);
    const nonces = { caller: nonce, callee: digestOf(reply[0]) };
    const peer = decodeIdentity(reply.slice(1, 5));
    const told = { nonces, prover: peer, verifier: null };
    const isProven = isSameProof(digestOf(reply[5]), proofOf(self.secret, "callee", told));
    const objection = objectionTo(peer, { expected: node, self, isProven });
    if (objection?.code === "NODE") throw objection; // Nothing is wrong with the other end.
    const proof = proofOf(self.secret, "caller", { nonces, prover: here, verifier: node });
    const hello = { sentAtMs: clock.monotonicMs(), identity: here, proof };
    const welcome = redis.callBuffer("RKV.HELLO", ...encodeHello(hello));
    if (objection === null) await welcome;
    else {
      // Sent all the same: the other end refuses as well then, and can say why in its own log.
      await welcome.catch(() => {});
      throw objection;
    }
  } catch (thrown) {
    if (thrown instanceof Malformed) {
      throw new HandshakeRefused("MALFORMED", { problem: thrown.message });
    }
    throw refusalOf(thrown, here);
  }
}

/** Why the other end is not the peer that we want; null: it is. */
function objectionTo(
  peer: Identity,
  { expected, self, isProven }: { expected: NodeId; self: Self; isProven: boolean },
): HandshakeRefused | null {
  const fields = { expected, here: identityOf(self), there: peer };
  const mismatch = mismatchOf(self, peer) ?? (peer.node === expected ? null : "NODE");
  if (mismatch !== null) return new HandshakeRefused(mismatch, fields);
  return isProven ? null : new HandshakeRefused("SECRET", fields);
}

/** The peer's error reply as a refusal; anything else stays what it is. */
function refusalOf(thrown: unknown, here: Identity): unknown {
  const { name, message } = thrown as Error;
  const code = name === "ReplyError" ? codeOf(message) : null;
  return code === null ? thrown : new HandshakeRefused(code as HandshakeCode, { here, by: "peer" });
}

/** Whoever has not proved anything may not fill our memory either. */
async function limitingBytes(
  redis: Redis,
  end: () => void,
  work: () => Promise<void>,
): Promise<void> {
  let bytes = 0;
  const count = (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > CALLEE_LIMITS.unprovenBytesMax) end();
  };
  redis.stream.on("data", count);
  try {
    await work();
  } finally {
    redis.stream.off("data", count);
  }
}
