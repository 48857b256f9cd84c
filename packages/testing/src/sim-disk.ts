/**
 * The store of one simulated node: slow, sometimes away, sometimes full, and separate from the
 * node's process, as Redis is.
 *
 * What it acknowledged stays, whatever happens to the process. An operation that was under way when
 * the process died, or whose answer never came, has happened, will happen, or never does: all three
 * are tried, as the ports allow. Operations may overtake one another.
 */

import {
  type Ballot,
  type Key,
  type NodeId,
  type PackedRecord,
  type Partition,
  type PartitionDigest,
  StoreFull,
  StoreUnavailable,
} from "@ringkv/core";
import type { HeldCopy, HeldVersion, MetaStore, RecordStore } from "@ringkv/engine";
import { MemoryMetaStore } from "./memory-meta-store.js";
import { MemoryRecordStore } from "./memory-record-store.js";
import type { Prng } from "./prng.js";
import type { SimProcess } from "./sim-process.js";
import type { SimEvent, Timeline } from "./sim-timeline.js";
import { drawDelayMs, type Weather } from "./sim-weather.js";

/** What an onlooker of the disk is told, in the order in which it happens there. */
export interface DiskTap {
  applied(node: NodeId, records: readonly PackedRecord[]): void;
  released(node: NodeId, records: readonly HeldVersion[]): void;
  /** An order; what is younger than `cutoffMs`, or not held in that version, stays. */
  purged(node: NodeId, records: readonly HeldVersion[], cutoffMs: number): void;
  wiped(node: NodeId): void;
  ballotHeld(node: NodeId, ballot: Ballot): void;
}

export interface SimDiskDeps {
  readonly node: NodeId;
  readonly timeline: Timeline;
  readonly prng: Prng;
  readonly weather: Weather;
  readonly tap: DiskTap;
  readonly storeTimeoutMs: number;
}

/** `away` refuses at once, `silent` lets every operation run into its time-out. */
export type OutageKind = "away" | "silent" | "full";

interface Outage {
  readonly kind: OutageKind;
  readonly endsAtMs: number;
}

interface LateOperation {
  readonly event: SimEvent;
  readonly thereMs: number;
  readonly act: () => void;
}

/** A store on the same machine answers faster than the network does. */
const SPEED = 0.2;
const REFUSAL_MS = 0.2;
const HAPPENS_AFTER_ALL = 0.5;

export class SimDisk {
  #records = new MemoryRecordStore();
  #meta = new MemoryMetaStore();
  readonly #deps: SimDiskDeps;
  readonly #underWay = new Map<SimProcess, Set<SimEvent>>();
  #outage: Outage | null = null;
  /** What will be carried out when a silent store answers again. */
  readonly #late = new Set<LateOperation>();

  constructor(deps: SimDiskDeps) {
    this.#deps = deps;
  }

  fail(kind: OutageKind, forMs: number): void {
    this.#outage = { kind, endsAtMs: this.#deps.timeline.nowMs + forMs };
  }

  /** The outage ends now: so what waited for its end waits no longer. */
  heal(): void {
    this.#outage = null;
    const { timeline } = this.#deps;
    for (const { event, thereMs, act } of this.#late) {
      if (event.fire === null) continue; // It was dropped when its process died.
      timeline.cancel(event);
      timeline.at(thereMs, act);
    }
    this.#late.clear();
  }

  /** A running sum goes wrong. */
  corruptDigest(partition: Partition): void {
    this.#records.corruptDigest(partition);
  }

  /** The bytes of a record change; null: it is gone. */
  damage(key: Key, change: (bytes: Buffer) => Buffer | null): void {
    const held = [...this.#records.records()].find((record) => record.key === key);
    if (held !== undefined) this.#records.damage(key, change(Buffer.from(held.bytes)));
  }

  /** What a look at the disk itself shows of a key. */
  async copyOf(key: Key): Promise<HeldCopy> {
    return (await this.#records.read([key]))[0] ?? null;
  }

  digests(): Promise<ReadonlyMap<Partition, PartitionDigest>> {
    return this.#records.partitions();
  }

  /** An empty disk takes the place of this one. What is under way happens to the lost one. */
  wipe(): void {
    this.#records = new MemoryRecordStore();
    this.#meta = new MemoryMetaStore();
    this.#deps.tap.wiped(this.#deps.node);
  }

  /** The stores as the process sees them, until it dies. */
  openFor(process: SimProcess): { readonly store: RecordStore; readonly meta: MetaStore } {
    const { node } = this.#deps;
    const records = this.#records;
    // What still happens to a disk that was lost is nobody's business any more.
    const tapped = (tell: (tap: DiskTap) => void) => {
      if (records === this.#records) tell(this.#deps.tap);
    };
    const meta = this.#meta;
    this.#underWay.set(process, new Set());
    process.onKill(() => this.#dropSomeOf(process));
    const ask = <T>(operation: () => Promise<T>) => this.#ask(process, operation);
    const store: RecordStore = {
      apply: (batch, nowMs) =>
        ask(() => {
          if (this.#current()?.kind === "full") return Promise.reject(new StoreFull());
          tapped((tap) => tap.applied(node, batch));
          return records.apply(batch, nowMs);
        }),
      read: (keys) => ask(() => records.read(keys)),
      partitions: () => ask(() => records.partitions()),
      digest: (partition) => ask(() => records.digest(partition)),
      page: (partition, cursor) => ask(() => records.page(partition, cursor)),
      versions: (partition, cursor) => ask(() => records.versions(partition, cursor)),
      list: (question) => ask(() => records.list(question)),
      rebuildDigest: (partition) => ask(() => records.rebuildDigest(partition)),
      mend: (partition, found, copy) => ask(() => records.mend(partition, found, copy)),
      release: (batch) =>
        ask(() => {
          tapped((tap) => tap.released(node, batch));
          return records.release(batch);
        }),
      purgeable: (question) => ask(() => records.purgeable(question)),
      purge: (batch, cutoffMs) =>
        ask(() => {
          tapped((tap) => tap.purged(node, batch, cutoffMs));
          return records.purge(batch, cutoffMs);
        }),
    };
    return {
      store,
      meta: {
        claim: (identity) => ask(() => meta.claim(identity)),
        reserveClock: (untilMs) => ask(() => meta.reserveClock(untilMs)),
        recordVote: (ballot) =>
          ask(async () => {
            const held = await meta.recordVote(ballot);
            tapped((tap) => tap.ballotHeld(node, held));
            return held;
          }),
        recordMembers: (states) => ask(() => meta.recordMembers(states)),
        probe: () => ask(() => meta.probe()),
      },
    };
  }

  #ask<T>(process: SimProcess, operation: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const { prng, weather, storeTimeoutMs, timeline } = this.#deps;
      const unavailable = () => reject(new StoreUnavailable("the simulated store does not answer"));
      const outage = this.#current();
      if (outage?.kind === "away") {
        process.schedule(REFUSAL_MS, unavailable);
        return;
      }
      const thereMs = SPEED * drawDelayMs(prng, weather);
      const backMs = SPEED * drawDelayMs(prng, weather);
      if (outage?.kind === "silent") {
        process.schedule(storeTimeoutMs, unavailable);
        // It sits in a socket's buffer, and may be carried out when the store comes back.
        if (!prng.chance(HAPPENS_AFTER_ALL)) return;
        const lateMs = outage.endsAtMs - timeline.nowMs + thereMs;
        const act = () => {
          this.#late.delete(late);
          operation().then(ignore, ignore);
        };
        const late = { thereMs, act, event: this.#carryOut(process, lateMs, act) };
        this.#late.add(late);
        return;
      }
      if (thereMs + backMs > storeTimeoutMs) process.schedule(storeTimeoutMs, unavailable);
      this.#carryOut(process, thereMs, () => {
        operation().then(
          (value) => process.schedule(backMs, () => resolve(value)),
          (thrown: unknown) => process.schedule(backMs, () => reject(thrown)),
        );
      });
    });
  }

  /** An event of the disk, not of the process: it happens even if nobody is there to hear of it. */
  #carryOut(process: SimProcess, delayMs: number, act: () => void): SimEvent {
    const underWay = this.#underWay.get(process);
    const event = this.#deps.timeline.at(delayMs, () => {
      underWay?.delete(event);
      act();
    });
    underWay?.add(event);
    return event;
  }

  #dropSomeOf(process: SimProcess): void {
    const { prng, timeline } = this.#deps;
    for (const event of this.#underWay.get(process) ?? []) {
      if (!prng.chance(HAPPENS_AFTER_ALL)) timeline.cancel(event);
    }
    this.#underWay.delete(process);
  }

  #current(): Outage | null {
    if (this.#outage !== null && this.#outage.endsAtMs <= this.#deps.timeline.nowMs) {
      this.#outage = null;
    }
    return this.#outage;
  }
}

function ignore(): void {}
