/** What the tests of this package share: a service that remembers, a log that can be read. */

import { connect, type Socket } from "node:net";
import {
  checksumIn,
  digestOf,
  type Key,
  type KeyPage,
  membershipHash,
  type NodeId,
  type PackedRecord,
  type Partition,
  packRecord,
  partitionOf,
  type VoteAnswer,
  type VoteRequest,
  versionAt,
} from "@ringkv/core";
import type {
  Clock,
  Heartbeat,
  HeldVersion,
  Inquiry,
  KeyAsk,
  Log,
  PageAsk,
  PeerService,
} from "@ringkv/engine";
import { PeerServer, type PeerServerDeps } from "../src/callee.js";
import { RespPeers, type RespPeersDeps } from "../src/caller.js";
import { identityOf, newNonce, PROTOCOL, proofOf, type Self } from "../src/identity.js";
import { encodeHello } from "../src/wire.js";

export const NODE1 = "node1" as NodeId;
export const NODE2 = "node2" as NodeId;
export const MEMBERS = [NODE1, NODE2, "node3" as NodeId];

export const clock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      signal.addEventListener("abort", () => {
        clearTimeout(timer);
        resolve();
      });
    }),
};

export function selfOf(node: NodeId, change: Partial<Self> = {}): Self {
  return {
    clusterId: "ringkv",
    membershipHash: membershipHash(MEMBERS, 2),
    node,
    members: MEMBERS,
    secret: "a secret that nobody guesses",
    incarnation: () => 3,
    ...change,
  };
}

export function recordOf(key: string, value: string | Buffer = "value", ms = 1): PackedRecord {
  return packRecord({
    key: key as Key,
    version: versionAt({ ms, counter: 0 }, 7),
    value: Buffer.from(value),
    contentType: "text/plain",
    expiresAtMs: null,
  });
}

export function beatFrom(node: NodeId, change: Partial<Heartbeat> = {}): Heartbeat {
  const clocks = { clockMs: 1_700_000_000_000, stampedMs: 0 };
  const owes = new Map();
  return { node, incarnation: 3, state: "up", ...clocks, term: 0, leader: null, owes, ...change };
}

/** Keeps what it is given. `hold` makes calls wait until `release`; `failWith` makes them fail. */
export class FakeService implements PeerService {
  readonly node: NodeId;
  readonly records = new Map<Key, PackedRecord>();
  /** One entry per batch: `apply a b`. */
  readonly calls: string[] = [];
  failWith: (() => Error) | null = null;
  #held: Promise<void> | null = null;
  #release: () => void = () => {};
  #wake: () => void = () => {};

  constructor(node: NodeId = NODE2) {
    this.node = node;
  }

  hold(): void {
    this.#held = new Promise((resolve) => {
      this.#release = resolve;
    });
  }

  release(): void {
    this.#held = null;
    this.#release();
  }

  /** Resolves when `count` calls have been begun. */
  async begun(count: number): Promise<void> {
    while (this.calls.length < count) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  apply(records: readonly PackedRecord[]) {
    return this.#take("apply", records);
  }
  transfer(records: readonly PackedRecord[]) {
    return this.#take("transfer", records);
  }

  async read(keys: readonly Key[]) {
    await this.#begin(`read ${keys.join(" ")}`);
    return keys.map((key) => this.records.get(key) ?? null);
  }

  async copies(keys: readonly Key[]) {
    await this.#begin(`copies ${keys.join(" ")}`);
    return keys.map((key) => this.records.get(key) ?? null);
  }

  /** As `versions`. */
  async list({ prefix, after, limit }: KeyAsk): Promise<KeyPage> {
    await this.#begin(`list ${prefix} ${after} ${limit}`);
    const keys = [...this.records.values()].map((it) => ({ ...it, bytes: it.bytes.length }));
    return { keys, upTo: keys.at(-1)?.key ?? null };
  }

  async page({ partition, cursor }: PageAsk) {
    await this.#begin(`page ${partition} ${cursor}`);
    const from = Number(cursor ?? 0);
    const all = this.#inPartition(partition);
    const records = all.slice(from, from + 2);
    return { records, damaged: [], cursor: from + 2 < all.length ? `${from + 2}` : null };
  }

  async digests() {
    await this.#begin("digests");
    const partitions = new Set([...this.records.keys()].map(partitionOf));
    return new Map([...partitions].map((it) => [it, digestOf(this.#inPartition(it))]));
  }

  /** Two records to a page; the cursor says how many have been listed. */
  async versions({ partition, cursor }: PageAsk) {
    await this.#begin(`versions ${partition} ${cursor}`);
    const from = Number(cursor ?? 0);
    const all = this.#inPartition(partition);
    const records = all
      .slice(from, from + 2)
      .map(({ key, version, bytes }) => ({ key, version, bytes: bytes.length }));
    return { records, cursor: from + 2 < all.length ? `${from + 2}` : null };
  }

  async contents({ partition, cursor }: PageAsk) {
    await this.#begin(`contents ${partition} ${cursor}`);
    const records = this.#inPartition(partition).map(({ key, version, bytes }) => {
      return { key, version, checksum: checksumIn(bytes) };
    });
    return { records, damaged: 3, cursor: cursor === null ? "next" : null };
  }

  readonly scrub = (partition: Partition) => this.#begin(`scrub ${partition}`);

  /** Forgets what it holds in that version, however old. */
  async purge(records: readonly HeldVersion[]) {
    await this.#begin(`purge ${records.map(({ key }) => key).join(" ")}`);
    return records.map(({ key, version }) => {
      return this.records.get(key)?.version === version && this.records.delete(key);
    });
  }

  readonly startPurge = () => this.#begin("start a purge");

  inquire({ kind }: Inquiry) {
    return this.#begin(`inquire ${kind}`).then(() => ({ isDone: kind === "fault" }));
  }

  heartbeat(beat: Heartbeat): Heartbeat {
    this.#note(`heartbeat ${beat.node}`);
    const leader = beat.leader === null ? null : this.node;
    const { clockMs, term } = beat;
    return beatFrom(this.node, { state: "recovering", clockMs: clockMs + 1, term, leader });
  }

  /** Grants the votes of odd terms. */
  async requestVote({ term, candidate, isPreVote }: VoteRequest): Promise<VoteAnswer> {
    await this.#begin(`${isPreVote ? "pre-vote" : "vote"} ${candidate} ${term}`);
    return { term: term + 1, granted: term % 2 === 1 };
  }

  async #take(name: string, records: readonly PackedRecord[]) {
    await this.#begin([name, ...records.map(({ key }) => key)].join(" "));
    return records.map((record) => {
      const held = this.records.get(record.key);
      if (held?.version === record.version) return { outcome: "repeated" as const };
      if (held !== undefined && held.version > record.version) {
        return { outcome: "stale" as const, held: held.version };
      }
      this.records.set(record.key, record);
      return { outcome: "stored" as const, hadValue: held !== undefined };
    });
  }

  #inPartition(partition: Partition): PackedRecord[] {
    return [...this.records.values()].filter(({ key }) => partitionOf(key) === partition);
  }

  #note(call: string): void {
    this.calls.push(call);
    this.#wake();
  }

  async #begin(call: string): Promise<void> {
    this.#note(call);
    if (this.#held !== null) await this.#held;
    if (this.failWith !== null) throw this.failWith();
  }
}

export interface LogLine {
  readonly level: "info" | "warn" | "error";
  readonly fields: Record<string, unknown>;
  readonly message: string;
}

/** A log to look into, and to wait for. */
export class FakeLog implements Log {
  readonly lines: LogLine[] = [];
  readonly #waiting: (() => void)[] = [];

  readonly info = (fields: object, message: string) => this.#add("info", fields, message);
  readonly warn = (fields: object, message: string) => this.#add("warn", fields, message);
  readonly error = (fields: object, message: string) => this.#add("error", fields, message);

  /** The `count`-th line with this message, as soon as it is written. */
  async line(message: string, count = 1): Promise<LogLine> {
    for (;;) {
      const found = this.lines.filter((line) => line.message === message)[count - 1];
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #add(level: LogLine["level"], fields: object, message: string): void {
    this.lines.push({ level, fields: { ...fields }, message });
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** Everything that a test started, in one place to end it. */
export class Stage {
  readonly log = new FakeLog();
  readonly #endings: (() => unknown)[] = [];

  /** `ending` may return a promise, which is waited for. */
  onEnd(ending: () => unknown): void {
    this.#endings.push(ending);
  }

  async end(): Promise<void> {
    for (const ending of this.#endings.splice(0).toReversed()) await ending();
  }

  /** A callee named node2 on a free port. */
  async server(change: Partial<PeerServerDeps> & { port?: number } = {}) {
    const service = new FakeService();
    const server = new PeerServer({
      self: selfOf(NODE2),
      service,
      clock,
      log: this.log,
      ...change,
    });
    const address = await server.listen({ host: "127.0.0.1", port: change.port ?? 0 });
    this.onEnd(() => server.close());
    return { server, service, address };
  }

  stranger(address: { host: string; port: number }): Stranger {
    const stranger = new Stranger(address);
    this.onEnd(() => stranger.end());
    return stranger;
  }

  /** A caller named node1 that looks for node2 at `address`. */
  peers(address: { host: string; port: number }, change: Partial<RespPeersDeps> = {}): RespPeers {
    const addresses = new Map([[NODE2, address]]);
    const peers = new RespPeers({
      self: selfOf(NODE1),
      addresses,
      clock,
      log: this.log,
      ...change,
    });
    this.onEnd(() => peers.close());
    peers.connect();
    return peers;
  }

  /** Both, and connected. */
  async pair(change: { server?: Partial<PeerServerDeps>; peers?: Partial<RespPeersDeps> } = {}) {
    const { server, service, address } = await this.server(change.server);
    const peers = this.peers(address, change.peers);
    await this.log.line("connected to peer");
    return { server, service, address, peers };
  }
}

/** A bare connection to a callee: says what it wants, and reads what comes. */
export class Stranger {
  readonly #socket: Socket;
  #received = "";
  #hasEnded = false;
  #wake: () => void = () => {};

  constructor(address: { host: string; port: number }) {
    this.#socket = connect(address);
    this.#socket.on("data", (chunk) => {
      this.#received += chunk.toString("latin1");
      this.#wake();
    });
    this.#socket.on("error", () => {});
    this.#socket.on("close", () => {
      this.#hasEnded = true;
      this.#wake();
    });
  }

  send(bytes: string | Buffer): void {
    this.#socket.write(bytes);
  }

  request(...parts: readonly (string | Buffer)[]): void {
    this.send(`*${parts.length}\r\n`);
    for (const part of parts) {
      this.send(`$${Buffer.byteLength(part)}\r\n`);
      this.send(part);
      this.send("\r\n");
    }
  }

  /** Everything received, once `lines` line ends are among it. */
  async lines(lines: number): Promise<string[]> {
    for (;;) {
      const complete = this.#received.split("\r\n").slice(0, -1);
      if (complete.length >= lines) return complete;
      if (this.#hasEnded) throw new Error(`closed after ${JSON.stringify(this.#received)}`);
      await this.#change();
    }
  }

  /** Everything received, once the other side has closed the connection. */
  async closed(): Promise<string> {
    while (!this.#hasEnded) await this.#change();
    return this.#received;
  }

  /** Proves itself as `identity`, honestly unless `change` says otherwise. */
  async shakeHands(self: Self, change: Partial<Self> = {}): Promise<void> {
    const told = { ...self, ...change };
    const caller = newNonce();
    this.request("RKV.CHALLENGE", PROTOCOL, caller);
    // An array of six: a line for its length, and two for each.
    const lines = await this.lines(13);
    const nonces = { caller, callee: lines[2] ?? "" };
    const prover = identityOf(told);
    const proof = proofOf(told.secret, "caller", { nonces, prover, verifier: NODE2 });
    const sentAtMs = clock.monotonicMs();
    this.request("RKV.HELLO", ...encodeHello({ sentAtMs, identity: prover, proof }));
  }

  end(): void {
    this.#socket.destroy();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

/** What a promise is rejected with; an error if it is not. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error("was not rejected");
    },
    (thrown: unknown) => thrown,
  );
}
