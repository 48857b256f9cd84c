/**
 * The engine's `Peers` over TCP: one connection to each member, kept up in the background.
 *
 * It never waits for a connection: a member that is not connected has failed, and somebody else can
 * be asked meanwhile.
 */

import type {
  Key,
  KeyPage,
  NodeId,
  PackedRecord,
  Partition,
  VoteAnswer,
  VoteRequest,
  WriteNotice,
} from "@ringkv/core";
import {
  type Alert,
  type ApplyAnswer,
  type ApplyOutcome,
  type Clock,
  type ContentsPage,
  type Digests,
  type Durations,
  type Heartbeat,
  type HeldCopy,
  type HeldVersion,
  type Inquiry,
  type InquiryAnswer,
  type KeyAsk,
  type Log,
  type PageAsk,
  PeerFailure,
  type Peers,
  type RecordPage,
  type Tallies,
  type VersionPage,
} from "@ringkv/engine";
import type { Address } from "./callee.js";
import type { Self } from "./identity.js";
import { KeptLink } from "./kept-link.js";
import { CALLER_LIMITS, type CallerLimits } from "./limits.js";
import type { Link } from "./link.js";
import { OccasionalLog } from "./occasional-log.js";
import type { PeerFaults } from "./peer-faults.js";
import type { PeerTls } from "./peer-tls.js";

export interface RespPeersDeps {
  readonly self: Self;
  /** Where each member listens; this node's own entry is not used. */
  readonly addresses: ReadonlyMap<NodeId, Address>;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits?: Partial<CallerLimits>;
  /** Is told how long each peer took for each message that it answered. */
  readonly durations?: Durations;
  /** Is told of each call that failed, by peer and reason. */
  readonly failures?: Tallies;
  /** Failures on purpose; absent: none. */
  readonly faults?: PeerFaults;
  /** Null or absent: in the clear. */
  readonly tls?: PeerTls | null;
}

export class RespPeers implements Peers {
  readonly #links = new Map<NodeId, KeptLink>();
  readonly #failures: Tallies | undefined;
  readonly #closing = new AbortController();
  #running: Promise<unknown> = Promise.resolve();

  constructor(deps: RespPeersDeps) {
    const { self, addresses, clock, log, faults, durations, failures, tls = null } = deps;
    this.#failures = failures;
    const limits = { ...CALLER_LIMITS, ...deps.limits };
    const occasionalLog = new OccasionalLog(log, clock);
    const { signal } = this.#closing;
    const shared = { clock, log, occasionalLog, limits, signal, faults, durations, failures, tls };
    for (const [node, address] of addresses) {
      if (node === self.node) continue;
      const link = new KeptLink({ ...shared, node, address, self });
      this.#links.set(node, link);
    }
  }

  /** Begins to connect, and goes on until `close`. To be called once. */
  connect(): void {
    this.#running = Promise.all([...this.#links.values()].map((link) => link.run()));
  }

  /** Calls in flight are rejected. Resolves when every connection is closed. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  apply(
    node: NodeId,
    records: readonly PackedRecord[],
    budgetMs: number,
  ): Promise<readonly ApplyAnswer[]> {
    return this.#linkTo(node)?.apply.call(records, budgetMs) ?? this.#notConnected(node);
  }

  transfer(
    node: NodeId,
    records: readonly PackedRecord[],
    budgetMs: number,
  ): Promise<readonly ApplyOutcome[]> {
    return this.#linkTo(node)?.transfer.call(records, budgetMs) ?? this.#notConnected(node);
  }

  read(node: NodeId, keys: readonly Key[], budgetMs: number): Promise<readonly HeldCopy[]> {
    return this.#linkTo(node)?.read.call(keys, budgetMs) ?? this.#notConnected(node);
  }

  copies(node: NodeId, keys: readonly Key[], budgetMs: number): Promise<readonly HeldCopy[]> {
    return this.#linkTo(node)?.copies.call(keys, budgetMs) ?? this.#notConnected(node);
  }

  async list(node: NodeId, ask: KeyAsk, budgetMs: number): Promise<KeyPage> {
    const answers = this.#linkTo(node)?.list.call([ask], budgetMs) ?? this.#notConnected(node);
    return (await answers)[0] as KeyPage;
  }

  async page(node: NodeId, ask: PageAsk, budgetMs: number): Promise<RecordPage> {
    const answers = this.#linkTo(node)?.page.call([ask], budgetMs) ?? this.#notConnected(node);
    return (await answers)[0] as RecordPage;
  }

  async digests(node: NodeId, budgetMs: number): Promise<Digests> {
    const answers = this.#linkTo(node)?.digests.call([null], budgetMs) ?? this.#notConnected(node);
    return (await answers)[0] as Digests;
  }

  async versions(node: NodeId, ask: PageAsk, budgetMs: number): Promise<VersionPage> {
    const answers = this.#linkTo(node)?.versions.call([ask], budgetMs) ?? this.#notConnected(node);
    return (await answers)[0] as VersionPage;
  }

  async contents(node: NodeId, ask: PageAsk, budgetMs: number): Promise<ContentsPage> {
    const answers = this.#linkTo(node)?.contents.call([ask], budgetMs) ?? this.#notConnected(node);
    return (await answers)[0] as ContentsPage;
  }

  async scrub(node: NodeId, partition: Partition, budgetMs: number): Promise<void> {
    await (this.#linkTo(node)?.scrub.call([partition], budgetMs) ?? this.#notConnected(node));
  }

  async heartbeat(node: NodeId, beat: Heartbeat, budgetMs: number): Promise<Heartbeat> {
    const beats = this.#linkTo(node)?.beat.call([beat], budgetMs) ?? this.#notConnected(node);
    return (await beats)[0] as Heartbeat;
  }

  async requestVote(node: NodeId, request: VoteRequest, budgetMs: number): Promise<VoteAnswer> {
    const answers = this.#linkTo(node)?.vote.call([request], budgetMs) ?? this.#notConnected(node);
    return (await answers)[0] as VoteAnswer;
  }

  purge(
    node: NodeId,
    records: readonly HeldVersion[],
    budgetMs: number,
  ): Promise<readonly boolean[]> {
    return this.#linkTo(node)?.purge.call(records, budgetMs) ?? this.#notConnected(node);
  }

  async startPurge(node: NodeId, budgetMs: number): Promise<void> {
    await (this.#linkTo(node)?.purgeRound.call([null], budgetMs) ?? this.#notConnected(node));
  }

  offerNotices(
    node: NodeId,
    notices: readonly WriteNotice[],
    budgetMs: number,
  ): Promise<readonly boolean[]> {
    return this.#linkTo(node)?.notices.call(notices, budgetMs) ?? this.#notConnected(node);
  }

  async raise(node: NodeId, alert: Alert, budgetMs: number): Promise<void> {
    await (this.#linkTo(node)?.alert.call([alert], budgetMs) ?? this.#notConnected(node));
  }

  async inquire(node: NodeId, inquiry: Inquiry, budgetMs: number): Promise<InquiryAnswer> {
    const answers =
      this.#linkTo(node)?.inquire.call([inquiry], budgetMs) ?? this.#notConnected(node);
    return (await answers)[0] as InquiryAnswer;
  }

  #linkTo(node: NodeId): Link | null {
    return this.#links.get(node)?.link ?? null;
  }

  #notConnected(node: NodeId): Promise<never> {
    const failure = new PeerFailure({ node, reason: "refused", sent: false });
    this.#failures?.add(node, failure.reason);
    return Promise.reject(failure);
  }
}
