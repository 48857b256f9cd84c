/**
 * One connection to a peer that has proved itself, and the calls on it.
 *
 * It ends once, and takes its unanswered calls with it; making the next one is up to kept-link.ts.
 */

import type {
  Key,
  KeyPage,
  NodeId,
  PackedRecord,
  Partition,
  VoteAnswer,
  VoteRequest,
} from "@ringkv/core";
import {
  type ApplyAnswer,
  type ApplyOutcome,
  type Clock,
  type ContentsPage,
  type Digests,
  type Durations,
  type Heartbeat,
  type HeldCopy,
  type HeldVersion,
  type Histogram,
  type Inquiry,
  type InquiryAnswer,
  type KeyAsk,
  type PageAsk,
  PeerFailure,
  type RecordPage,
  type Tallies,
  type VersionPage,
} from "@ringkv/engine";
import type { Redis } from "ioredis";
import { type Carrier, Lane, type Message } from "./lane.js";
import type { CallerLimits } from "./limits.js";
import {
  APPLY,
  beatOf,
  CONTENTS,
  COPIES,
  DIGESTS,
  INQUIRE,
  LIST,
  type Operation,
  PAGE,
  PURGE,
  PURGE_ROUND,
  READ,
  SCRUB,
  TRANSFER,
  VERSIONS,
  VOTE,
} from "./operations.js";
import type { PeerFaults } from "./peer-faults.js";
import { type CallCode, codeOf, encodeStamp, FAILURES } from "./wire.js";

export interface LinkDeps {
  readonly node: NodeId;
  /** Connected, and past the handshake. */
  readonly redis: Redis;
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly limits: CallerLimits;
  readonly durations?: Durations | undefined;
  readonly failures?: Tallies | undefined;
  readonly faults?: PeerFaults | undefined;
}

export class Link implements Carrier {
  readonly node: NodeId;
  readonly apply: Lane<PackedRecord, ApplyAnswer>;
  readonly transfer: Lane<PackedRecord, ApplyOutcome>;
  readonly read: Lane<Key, HeldCopy>;
  readonly copies: Lane<Key, HeldCopy>;
  readonly list: Lane<KeyAsk, KeyPage>;
  readonly page: Lane<PageAsk, RecordPage>;
  readonly digests: Lane<null, Digests>;
  readonly versions: Lane<PageAsk, VersionPage>;
  readonly contents: Lane<PageAsk, ContentsPage>;
  readonly scrub: Lane<Partition, null>;
  readonly beat: Lane<Heartbeat, Heartbeat>;
  readonly vote: Lane<VoteRequest, VoteAnswer>;
  readonly purge: Lane<HeldVersion, boolean>;
  readonly purgeRound: Lane<null, null>;
  readonly inquire: Lane<Inquiry, InquiryAnswer>;
  /** Why it ended, once it has. */
  readonly ended: Promise<string>;
  /** In the order in which they are sent. Beats last: they tell how long the others took. */
  readonly #lanes: readonly { flush(): void }[];
  readonly #deps: LinkDeps;
  /** How long the answered messages took, by command. */
  readonly #byCommand = new Map<string, Histogram>();
  #bytesInFlight = 0;
  #messagesInFlight = 0;
  /** When something came last, or since when an answer is owed. */
  #heardAtMs = 0;
  #isFlushScheduled = false;
  #whyGivenUp: string | null = null;

  constructor(deps: LinkDeps) {
    const { redis, clock, limits } = deps;
    this.#deps = deps;
    this.node = deps.node;
    this.apply = this.#lane(APPLY, limits.bytesInFlightMax);
    this.read = this.#lane(READ, limits.bytesInFlightMax);
    this.transfer = this.#lane(TRANSFER, limits.transferBytesInFlightMax);
    this.copies = this.#lane(COPIES, limits.transferBytesInFlightMax);
    this.list = this.#lane(LIST, limits.bytesInFlightMax);
    this.page = this.#lane(PAGE, limits.transferBytesInFlightMax);
    this.digests = this.#lane(DIGESTS, limits.transferBytesInFlightMax);
    this.versions = this.#lane(VERSIONS, limits.transferBytesInFlightMax);
    this.contents = this.#lane(CONTENTS, limits.transferBytesInFlightMax);
    this.scrub = this.#lane(SCRUB, limits.bytesInFlightMax);
    this.beat = this.#lane(beatOf(deps.node), limits.bytesInFlightMax);
    this.vote = this.#lane(VOTE, limits.bytesInFlightMax);
    this.purge = this.#lane(PURGE, limits.transferBytesInFlightMax);
    this.purgeRound = this.#lane(PURGE_ROUND, limits.bytesInFlightMax);
    this.inquire = this.#lane(INQUIRE, limits.bytesInFlightMax);
    const { apply, read, transfer, copies, page, digests, versions } = this;
    const bulk = [transfer, copies, page, digests, versions, this.contents, this.purge];
    const others = [apply, read, this.list, ...bulk, this.scrub, this.purgeRound, this.inquire];
    this.#lanes = [...others, this.beat, this.vote];
    redis.stream.on("data", () => {
      this.#heardAtMs = clock.monotonicMs();
    });
    this.ended = new Promise((resolve) => {
      redis.once("end", () => {
        this.#flush(); // Fails what was gathered and not sent.
        resolve(this.#whyGivenUp ?? "the peer closed the connection");
      });
    });
  }

  get isOpen(): boolean {
    return this.#whyGivenUp === null && this.#deps.redis.status === "ready";
  }

  get bytesInFlight(): number {
    return this.#bytesInFlight;
  }

  get messagesInFlight(): number {
    return this.#messagesInFlight;
  }

  scheduleFlush(): void {
    if (this.#isFlushScheduled) return;
    this.#isFlushScheduled = true;
    setImmediate(() => {
      this.#isFlushScheduled = false;
      this.#flush();
    });
  }

  send(message: Message): Promise<unknown> {
    const held = this.#deps.faults?.hold(this.node) ?? null;
    return held === null ? this.#send(message) : held.then(() => this.#send(message));
  }

  #send({ command, stamp, args, bytes }: Message): Promise<unknown> {
    const { redis, clock } = this.#deps;
    if (this.#messagesInFlight === 0) this.#heardAtMs = clock.monotonicMs();
    this.#messagesInFlight++;
    this.#bytesInFlight += bytes;
    return redis.callBuffer(command, ...encodeStamp(stamp), ...args).then(
      (reply) => {
        this.#messagesInFlight--;
        this.#bytesInFlight -= bytes;
        this.#observe(command, clock.monotonicMs() - stamp.sentAtMs);
        return reply;
      },
      (thrown: Error) => {
        this.#messagesInFlight--;
        this.#bytesInFlight -= bytes;
        throw this.#failureOf(thrown, stamp.sentAtMs + stamp.budgetMs);
      },
    );
  }

  /**
   * A peer that owes answers and says nothing for long is not waited for: see `silenceMaxMs`. Asked
   * once more after the sockets have been read, because after a stop of this process its timers
   * fire before what has arrived meanwhile is seen.
   */
  noteSilence(): void {
    if (!this.#isSilent()) return;
    setImmediate(() => {
      if (this.#isSilent()) this.giveUp("nothing heard although answers are due");
    });
  }

  noteFailure(thrown: unknown): void {
    if (thrown instanceof PeerFailure) this.#deps.failures?.add(this.node, thrown.reason);
  }

  giveUp(why: string): void {
    if (this.#whyGivenUp !== null) return;
    this.#whyGivenUp = why;
    this.#deps.redis.disconnect();
    // ioredis would say goodbye first, to a peer that may not listen.
    this.#deps.redis.stream.destroy();
  }

  #lane<Item, Result>(operation: Operation<Item, Result>, bytesMax: number): Lane<Item, Result> {
    const { clock, limits } = this.#deps;
    const { messagesInFlightMax } = limits;
    return new Lane({
      carrier: this,
      clock,
      operation,
      bytesInFlightMax: bytesMax,
      messagesInFlightMax,
    });
  }

  #observe(command: string, ms: number): void {
    let histogram = this.#byCommand.get(command);
    if (histogram === undefined) {
      const message = command.replace("RKV.", "").toLowerCase();
      histogram = this.#deps.durations?.of(this.node, message);
      if (histogram === undefined) return;
      this.#byCommand.set(command, histogram);
    }
    histogram.observe(ms);
  }

  /** Everything of this turn leaves in one system call. */
  #flush(): void {
    const { stream } = this.#deps.redis;
    stream.cork();
    for (const lane of this.#lanes) lane.flush();
    stream.uncork();
  }

  #isSilent(): boolean {
    const { clock, limits } = this.#deps;
    const silentMs = clock.monotonicMs() - this.#heardAtMs;
    return this.#messagesInFlight > 0 && silentMs >= limits.silenceMaxMs;
  }

  #failureOf(thrown: Error, dueAtMs: number): PeerFailure {
    const code = thrown.name === "ReplyError" ? codeOf(thrown.message) : null;
    const options = { cause: thrown };
    if (code === null || !(code in FAILURES)) {
      return new PeerFailure({ node: this.node, reason: "refused", sent: true }, options);
    }
    // Late, it says, and we have its answer in time: one of the clocks has stood still meanwhile.
    const isInTime = this.#deps.clock.monotonicMs() < dueAtMs;
    if (code === "LATE" && isInTime) this.giveUp("the clocks have come apart");
    return new PeerFailure({ node: this.node, ...FAILURES[code as CallCode] }, options);
  }
}
