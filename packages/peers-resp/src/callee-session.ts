/**
 * One connection from a peer: first the handshake, then its calls.
 *
 * Nothing but the handshake is understood before the proof. After it, each message is checked,
 * refused when it is late, and handed to the service. This file decides nothing about records.
 */

import type { Socket } from "node:net";
import type { Key, NodeId, PackedRecord } from "@ringkv/core";
import {
  type Clock,
  type HeldCopy,
  type HeldVersion,
  type Log,
  type PeerFailureReason,
  type PeerService,
  reasonFor,
} from "@ringkv/engine";
import RedisParser from "redis-parser";
import { type Answer, Answers } from "./answers.js";
import { CalleeHandshake } from "./callee-handshake.js";
import { decodePartition, encodeContents } from "./contents.js";
import { FrameGuard } from "./frame-guard.js";
import type { Identity, Self } from "./identity.js";
import { decodeInquiry, encodeInquiryAnswer } from "./inquiring.js";
import { decodePageAsk, encodeDigests, encodePage, encodeVersions } from "./inventory.js";
import { decodeKeyAsk, encodeKeyPage } from "./key-listing.js";
import { latenessMs, nextTransit, type Transit } from "./lateness.js";
import { type CalleeLimits, FOUND_BYTES_MAX } from "./limits.js";
import { decodeAlert, decodeNotices } from "./noticing.js";
import type { OccasionalLog } from "./occasional-log.js";
import { decodeKeys, decodeRecords, encodeFound, encodeOutcomes } from "./payload.js";
import type { PeerFaults } from "./peer-faults.js";
import { isCertified } from "./peer-tls.js";
import { decodeHeld, encodeForgotten } from "./purging.js";
import {
  arrayReply,
  type CallCode,
  decodeBeat,
  decodeStamp,
  decodeVoteRequest,
  encodeBeat,
  encodeVoteAnswer,
  errorReply,
  expectCount,
  type HandshakeCode,
  Malformed,
  type Stamp,
} from "./wire.js";

export interface SessionDeps {
  readonly socket: Socket;
  readonly self: Self;
  readonly service: PeerService;
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly log: Log;
  /** For what anybody who reaches the port can cause. */
  readonly occasionalLog: OccasionalLog;
  readonly limits: CalleeLimits;
  /** A message that is held for ever is answered like one that took too long. */
  readonly faults?: PeerFaults;
  readonly onProven: (session: CalleeSession) => void;
  readonly onClosed: (session: CalleeSession) => void;
}

interface Proven {
  readonly identity: Identity;
  transit: Transit;
}

export class CalleeSession {
  readonly #deps: SessionDeps;
  readonly #address: string;
  readonly #handshake: CalleeHandshake;
  readonly #guard: FrameGuard;
  readonly #parser: RedisParser;
  readonly #answers: Answers;
  readonly #handshakeTimer: NodeJS.Timeout;
  #unprovenBytes = 0;
  #receivedAtMs = 0;
  #peer: Proven | null = null;
  #isEnding = false;

  constructor(deps: SessionDeps) {
    this.#deps = deps;
    const { socket, limits } = deps;
    this.#address = `${socket.remoteAddress}:${socket.remotePort}`;
    this.#handshake = new CalleeHandshake({ ...deps, proofMsMax: limits.proofMsMax });
    this.#guard = new FrameGuard(limits.unprovenBytesMax);
    this.#answers = new Answers(deps);
    this.#parser = new RedisParser({
      returnBuffers: true,
      returnReply: (message) => this.#receive(message as Buffer[]),
      // The guard lets through arrays of bulk strings only; neither of these can be reached.
      returnError: (error) => this.#drop(error.message),
      returnFatalError: (error) => this.#drop(error.message),
    });
    this.#handshakeTimer = setTimeout(() => this.#drop("no proof"), limits.handshakeTimeoutMs);
    socket.setNoDelay(true);
    socket.setTimeout(limits.idleTimeoutMs, () => this.close());
    socket.on("data", (chunk: Buffer) => this.#read(chunk));
    socket.on("error", () => {}); // "close" follows, and is all that matters here.
    socket.on("close", () => this.#closed());
  }

  /** The node at the other end; null before its proof. */
  get node(): NodeId | null {
    return this.#peer?.identity.node ?? null;
  }

  close(): void {
    this.#isEnding = true;
    this.#deps.socket.destroy();
  }

  #closed(): void {
    clearTimeout(this.#handshakeTimer);
    this.#answers.close();
    this.#deps.onClosed(this);
  }

  #read(chunk: Buffer): void {
    if (this.#isEnding) return;
    this.#receivedAtMs = this.#deps.clock.monotonicMs();
    if (this.#peer === null) this.#unprovenBytes += chunk.length;
    if (this.#unprovenBytes > this.#deps.limits.unprovenBytesMax) this.#drop("too many bytes");
    else if (!this.#guard.admits(chunk)) this.#drop("not this protocol");
    else this.#parser.execute(chunk);
  }

  #receive(message: readonly Buffer[]): void {
    if (this.#isEnding) return; // An earlier message of the same chunk was refused.
    const [name, ...args] = message;
    const command = (name as Buffer).toString("latin1");
    if (this.#peer === null) this.#shakeHands(command, args);
    else this.#call(command, args, this.#peer);
  }

  #shakeHands(command: string, args: readonly Buffer[]): void {
    const { socket } = this.#deps;
    try {
      const taken = this.#handshake.take(command, args, this.#receivedAtMs);
      if (taken.step === "answer") socket.write(arrayReply(taken.parts));
      else if (taken.step === "refuse") this.#refuse(taken.code, taken.fields);
      else if (!isCertified(socket, taken.peer.node)) {
        this.#refuse("CERTIFICATE", { there: taken.peer });
      } else this.#accept({ identity: taken.peer, transit: taken.transit });
    } catch (thrown) {
      if (!(thrown instanceof Malformed)) throw thrown;
      this.#drop(`malformed handshake: ${thrown.message}`);
    }
  }

  #accept(peer: Proven): void {
    clearTimeout(this.#handshakeTimer);
    this.#peer = peer;
    this.#unprovenBytes = 0;
    this.#guard.raiseTo(this.#deps.limits.messageBytesMax);
    this.#deps.onProven(this);
    this.#deps.socket.write("+OK\r\n");
  }

  #refuse(code: HandshakeCode, fields: object): void {
    const { socket, occasionalLog } = this.#deps;
    const all = { from: this.#address, refusal: code, ...fields };
    occasionalLog.warn(`${code} ${socket.remoteAddress}`, all, "peer refused");
    this.#isEnding = true;
    socket.write(errorReply(code));
    socket.destroySoon();
  }

  /** Whoever this is does not speak the protocol: no answer, and what was read is forgotten. */
  #drop(why: string): void {
    const { socket, occasionalLog } = this.#deps;
    const fields = { from: this.#address, node: this.node, why };
    occasionalLog.warn(
      `drop ${socket.remoteAddress}`,
      fields,
      "connection to the peer port closed",
    );
    this.close();
  }

  #call(command: string, args: readonly Buffer[], peer: Proven): void {
    let answer: Answer | null = null;
    try {
      const stamp = decodeStamp(args[0], args[1]);
      answer = this.#answers.open(bytesOf(args), this.#receivedAtMs + stamp.budgetMs);
      if (this.#isLate(stamp, peer)) this.#answers.reply(answer, errorReply("LATE"));
      else this.#serveUnlessHeld(command, args.slice(2), answer);
    } catch (thrown) {
      this.#fail(answer ?? this.#answers.open(0, this.#receivedAtMs), thrown);
    }
  }

  #serveUnlessHeld(command: string, args: readonly Buffer[], answer: Answer): void {
    const held = this.#deps.faults?.hold(this.node as NodeId) ?? null;
    if (held === null) {
      this.#serve(command, args, answer);
      return;
    }
    const goOn = () => {
      const isInTime = this.#deps.clock.monotonicMs() < answer.dueAtMs;
      if (isInTime) this.#serve(command, args, answer);
      else this.#answers.reply(answer, errorReply("LATE"));
    };
    held.then(goOn).catch((thrown: unknown) => this.#fail(answer, thrown));
  }

  #isLate({ sentAtMs, budgetMs }: Stamp, peer: Proven): boolean {
    const journey = { sentAtMs, receivedAtMs: this.#receivedAtMs };
    peer.transit = nextTransit(peer.transit, journey);
    return latenessMs(peer.transit, journey) > budgetMs;
  }

  /** Starts the work and returns; throws `Malformed` when there is none. */
  #serve(command: string, args: readonly Buffer[], answer: Answer): void {
    const { service } = this.#deps;
    switch (command) {
      case "RKV.APPLY":
        this.#work(answer, service.apply(recordsOf(args)), encodeOutcomes);
        break;
      case "RKV.TRANSFER":
        this.#work(answer, service.transfer(recordsOf(args)), encodeOutcomes);
        break;
      case "RKV.READ":
        this.#work(answer, service.read(keysOf(args)), encodeFoundPart);
        break;
      case "RKV.COPIES":
        this.#work(answer, service.copies(keysOf(args)), encodeFoundPart);
        break;
      case "RKV.LIST":
        this.#work(answer, service.list(decodeKeyAsk(args)), encodeKeyPage);
        break;
      case "RKV.PAGE":
        this.#work(answer, service.page(decodePageAsk(args)), encodePage);
        break;
      case "RKV.DIGESTS":
        expectCount(args, 0);
        this.#work(answer, service.digests(), encodeDigests);
        break;
      case "RKV.VERSIONS":
        this.#work(answer, service.versions(decodePageAsk(args)), encodeVersions);
        break;
      case "RKV.CONTENTS":
        this.#work(answer, service.contents(decodePageAsk(args)), encodeContents);
        break;
      case "RKV.SCRUB":
        this.#work(answer, service.scrub(decodePartition(args)), () => "");
        break;
      case "RKV.BEAT": {
        const beat = service.heartbeat(decodeBeat(args, this.node as NodeId));
        this.#answers.reply(answer, arrayReply(encodeBeat(beat)));
        break;
      }
      case "RKV.VOTE": {
        const vote = service.requestVote(decodeVoteRequest(args, this.node as NodeId));
        this.#settle(answer, vote, (given) => arrayReply(encodeVoteAnswer(given)));
        break;
      }
      case "RKV.PURGE":
        this.#work(answer, service.purge(heldOf(args)), encodeForgotten);
        break;
      case "RKV.PURGE-ROUND":
        expectCount(args, 0);
        this.#work(answer, service.startPurge(), () => "");
        break;
      case "RKV.NOTICES":
        this.#work(answer, service.offerNotices(decodeNotices(args)), encodeForgotten);
        break;
      case "RKV.ALERT":
        this.#work(answer, service.raise(decodeAlert(args)), () => "");
        break;
      case "RKV.INQUIRE":
        this.#work(answer, service.inquire(decodeInquiry(args)), encodeInquiryAnswer);
        break;
      default:
        throw new Malformed("unknown command");
    }
  }

  #work<T>(answer: Answer, work: Promise<T>, encode: (result: T) => string | Buffer): void {
    work.then(
      (result) => this.#answers.replyBulk(answer, encode(result)),
      (thrown: unknown) => this.#fail(answer, thrown),
    );
  }

  /** Like `#work`, for an answer that is no bulk string. */
  #settle<T>(answer: Answer, work: Promise<T>, encode: (result: T) => string): void {
    work.then(
      (result) => this.#answers.reply(answer, encode(result)),
      (thrown: unknown) => this.#fail(answer, thrown),
    );
  }

  #fail(answer: Answer, thrown: unknown): void {
    const code = this.#codeFor(thrown);
    const fields = { err: thrown, node: this.node };
    if (code === "INTERNAL") this.#deps.log.error(fields, "a peer's call failed");
    if (code === "MALFORMED") {
      this.#deps.occasionalLog.warn(`malformed ${this.node}`, fields, "a peer's call is malformed");
    }
    this.#answers.reply(answer, errorReply(code));
  }

  #codeFor(thrown: unknown): CallCode {
    if (thrown instanceof Malformed) return "MALFORMED";
    try {
      return CODES[reasonFor(thrown)];
    } catch {
      return "INTERNAL"; // Not one of the failures that a service may have: a bug.
    }
  }
}

const CODES = {
  unavailable: "UNAVAILABLE",
  full: "FULL",
  recovering: "RECOVERING",
  rejected: "REJECTED",
  "timed-out": "TIMEDOUT",
  refused: "UNAVAILABLE",
} as const satisfies Record<PeerFailureReason, CallCode>;

function encodeFoundPart(found: readonly HeldCopy[]): Buffer {
  return encodeFound(found, FOUND_BYTES_MAX);
}

function recordsOf(args: readonly Buffer[]): PackedRecord[] {
  expectCount(args, 1);
  return notEmpty(decodeRecords(args[0] as Buffer));
}

function heldOf(args: readonly Buffer[]): HeldVersion[] {
  expectCount(args, 1);
  return notEmpty(decodeHeld(args[0] as Buffer));
}

function keysOf(args: readonly Buffer[]): Key[] {
  expectCount(args, 1);
  return notEmpty(decodeKeys(args[0] as Buffer));
}

function notEmpty<T>(items: T[]): T[] {
  if (items.length === 0) throw new Malformed("empty batch");
  return items;
}

function bytesOf(args: readonly Buffer[]): number {
  let bytes = 0;
  for (const arg of args) bytes += arg.length;
  return bytes;
}
