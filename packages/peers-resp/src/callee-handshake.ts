/**
 * The callee's side of a handshake, one message at a time. It decides whether the caller may go on,
 * and says what to answer; it touches no socket and writes no log.
 */

import type { Clock } from "@ringkv/engine";
import {
  type Identity,
  identityOf,
  isSameProof,
  mismatchOf,
  type Nonces,
  newNonce,
  PROTOCOL,
  proofOf,
  type Self,
} from "./identity.js";
import { firstTransit, type Transit } from "./lateness.js";
import {
  decodeHello,
  digestOf,
  encodeIdentity,
  expectCount,
  type HandshakeCode,
  textOf,
} from "./wire.js";

export type HandshakeStep =
  | { readonly step: "answer"; readonly parts: readonly string[] }
  /** `fields` say what differed, for the log; nothing secret is among them. */
  | { readonly step: "refuse"; readonly code: HandshakeCode; readonly fields: object }
  | { readonly step: "accept"; readonly peer: Identity; readonly transit: Transit };

export interface CalleeHandshakeDeps {
  readonly self: Self;
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly proofMsMax: number;
}

interface Challenge {
  readonly nonces: Nonces;
  readonly atMs: number;
}

export class CalleeHandshake {
  readonly #deps: CalleeHandshakeDeps;
  #challenge: Challenge | null = null;

  constructor(deps: CalleeHandshakeDeps) {
    this.#deps = deps;
  }

  /** Throws `Malformed` for what no peer sends. */
  take(command: string, args: readonly Buffer[], receivedAtMs: number): HandshakeStep {
    if (command === "RKV.CHALLENGE" && this.#challenge === null) return this.#answer(args);
    if (command === "RKV.HELLO" && this.#challenge !== null) return this.#judge(args, receivedAtMs);
    return { step: "refuse", code: "NOPROOF", fields: { command: command.slice(0, 32) } };
  }

  #answer(args: readonly Buffer[]): HandshakeStep {
    const { self, clock } = this.#deps;
    expectCount(args, 2);
    const protocol = textOf(args[0]);
    if (protocol !== PROTOCOL) {
      return { step: "refuse", code: "PROTOCOL", fields: { here: PROTOCOL, there: protocol } };
    }
    const nonces = { caller: digestOf(args[1]), callee: newNonce() };
    const identity = identityOf(self);
    const proof = proofOf(self.secret, "callee", { nonces, prover: identity, verifier: null });
    this.#challenge = { nonces, atMs: clock.monotonicMs() };
    return { step: "answer", parts: [nonces.callee, ...encodeIdentity(identity), proof] };
  }

  #judge(args: readonly Buffer[], receivedAtMs: number): HandshakeStep {
    const { self, proofMsMax } = this.#deps;
    const { nonces, atMs } = this.#challenge as Challenge;
    const { sentAtMs, identity: peer, proof } = decodeHello(args);
    const fields = { here: identityOf(self), there: peer };

    const mismatch = mismatchOf(self, peer);
    if (mismatch !== null) return { step: "refuse", code: mismatch, fields };

    const told = { nonces, prover: peer, verifier: self.node };
    const expected = proofOf(self.secret, "caller", told);
    if (!isSameProof(proof, expected)) return { step: "refuse", code: "SECRET", fields };

    const tookMs = receivedAtMs - atMs;
    if (tookMs > proofMsMax) return { step: "refuse", code: "SLOW", fields: { ...fields, tookMs } };

    return { step: "accept", peer, transit: firstTransit({ sentAtMs, receivedAtMs }) };
  }
}
