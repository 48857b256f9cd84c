/**
 * One seed, one universe: a cluster, its clients and its misfortunes, from the first start to the
 * last read after everything has healed. Equal seeds give equal universes, event by event.
 */

import {
  buildRing,
  digestOf,
  isOwner,
  type Key,
  type NodeId,
  type Partition,
  partitionOf,
  type Ring,
  walkOf,
} from "@ringkv/core";
import { judge } from "./checkers.js";
import type { History, Invariant, Violation } from "./history.js";
import { Prng } from "./prng.js";
import { SimCluster } from "./sim-cluster.js";
import { SimDamage } from "./sim-damage.js";
import { SimFaults } from "./sim-faults.js";
import { drawQuorums, nodeOptions, type Quorums, TIMES } from "./sim-setting.js";
import { Timeline } from "./sim-timeline.js";
import { calmWeather, drawFaultPlan, drawWeather, type Mix, type Weather } from "./sim-weather.js";
import { drawBulkPlan, drawWorkloadPlan, SimWorkload } from "./sim-workload.js";
import type { TraceLine, UniverseReport } from "./universe-report.js";
import { Witness } from "./witness.js";

export interface UniverseOptions {
  readonly mix: Mix;
  /** Only these promises are checked; null: all. */
  readonly only: readonly Invariant[] | null;
  /** Hears every step; null when nobody will read it. */
  readonly trace: ((line: TraceLine) => void) | null;
}

/** What the documents promise; the code under test has its own number. */
const PURGE_AGE_MS = 2 * TIMES.messageBudgetMaxMs;
/** Share of universes in which a running sum has gone wrong by the end. */
const CORRUPTION_RATE = 0.1;
/** Share of universes that live on, once all is well, until what may be purged is purged. */
const AFTERLIFE_RATE = 0.5;
/** So many times more keys where deletions are to be left alone for a while. */
const LULL_KEYS = 5;
/** Twice a round, and the age of what is purged twice over. */
const AFTERLIFE_MS = 2 * TIMES.purgeIntervalMs + 2 * PURGE_AGE_MS;
/** A round of hand-off pays what is left, and a beat or two tell it. */
const FORGOTTEN_AFTER_MS = TIMES.handoffIntervalMs + 2 * TIMES.heartbeatIntervalMs;
/** A3: how long after the end of all faults owners may still differ. */
const CONVERGE_MS_MAX = 30_000;
/** What the documents promise: a leader that is lost is replaced within so long. */
const LEADERLESS_MS_MAX = 8_000;
const SETTLE_MS_MAX = 60_000;
const SETTLE_STEP_MS = 250;
/** Longer than any message or operation can still be under way. */
const LAST_WORDS_MS = 2_500;
/** Any number: their draws are not the universe's. */
const BULK_SEED = 0x62756c6b;

/** Builds universes. Rings are built once: they depend on the number of nodes only. */
export class UniverseFactory {
  readonly #rings = new Map<number, Ring>();

  async run(seed: number, options: UniverseOptions): Promise<UniverseReport> {
    const prng = new Prng(seed);
    const isHarsh = options.mix === "restarts" || options.mix === "disks";
    const size = isHarsh || prng.chance(0.6) ? 3 : 5;
    return new Universe(seed, { ...options, prng, ring: this.#ringOf(size) }).run();
  }

  #ringOf(size: number): Ring {
    let ring = this.#rings.get(size);
    if (ring === undefined) {
      ring = buildRing(Array.from({ length: size }, (_, index) => `node${index + 1}` as NodeId));
      this.#rings.set(size, ring);
    }
    return ring;
  }
}

interface UniverseDeps extends UniverseOptions {
  readonly prng: Prng;
  readonly ring: Ring;
}

class Universe {
  readonly #seed: number;
  readonly #deps: UniverseDeps;
  readonly #timeline = new Timeline();
  readonly #weather: Weather;
  readonly #history: History;
  readonly #witness: Witness;
  readonly #cluster: SimCluster;
  readonly #faults: SimFaults;
  readonly #workload: SimWorkload;
  readonly #damage: SimDamage;
  readonly #keys: readonly Key[];
  readonly #setting: Quorums;
  readonly #violations: Violation[] = [];
  #settledAfterMs = 0;
  #ledAfterMs = 0;
  #isOver = false;

  constructor(seed: number, deps: UniverseDeps) {
    const { prng, ring, trace, mix } = deps;
    const timeline = this.#timeline;
    this.#seed = seed;
    this.#deps = deps;
    this.#setting = drawQuorums(prng, mix);
    this.#weather = drawWeather(prng);
    const { replicaCount, writeQuorum, readQuorum } = this.#setting;
    const members = ring.members;
    const stamps: History["stamps"] = new Map();
    const purged: History["purged"] = [];
    const quorums = { replicaCount, writeQuorum };
    const history: History = {
      members,
      ...quorums,
      writes: [],
      reads: [],
      lists: [],
      stamps,
      purged,
    };
    this.#history = history;
    const note = (key: Key | null, text: string) => trace?.({ atMs: timeline.nowMs, key, text });
    this.#witness = new Witness({
      timeline,
      members,
      stamps,
      purged,
      purgeAgeMs: PURGE_AGE_MS,
      report: (violation) => this.#reportNow(violation),
      trace: trace === null ? null : note,
    });
    const plan = drawFaultPlan(prng, mix);
    const options = nodeOptions(this.#setting, plan);
    const world = { timeline, ring, witness: this.#witness, weather: this.#weather };
    this.#cluster = new SimCluster({ ...world, options, prng: prng.fork(), skewMs: plan.skewMs });
    this.#faults = new SimFaults({
      cluster: this.#cluster,
      timeline,
      prng: prng.fork(),
      plan,
      trace: trace === null ? null : (text) => note(null, text),
    });
    const keyCount = (1 + prng.below(8)) * (mix === "lulls" ? LULL_KEYS : 1);
    this.#keys = Array.from({ length: keyCount }, () => `key-${prng.below(1e6)}` as Key);
    this.#workload = new SimWorkload({
      ...world,
      cluster: this.#cluster,
      prng: prng.fork(),
      history,
      readQuorum,
      keys: this.#keys,
      plan: drawWorkloadPlan(prng, mix),
      bulk: drawBulkPlan(new Prng(seed ^ BULK_SEED)),
      trace: trace === null ? null : note,
    });
    this.#damage = new SimDamage({
      prng,
      cluster: this.#cluster,
      witness: this.#witness,
      keys: this.#keys,
      ownersOf: (partition) => this.#ownersOf(partition),
      readEverywhere: (key) => this.#readEverywhere([key], 1),
      untilDebtsAreForgotten: () => this.#pause(FORGOTTEN_AFTER_MS),
      report: (violation) => this.#reportNow(violation),
      trace: note,
    });
  }

  async run(): Promise<UniverseReport> {
    let failure: unknown = null;
    this.#live().then(
      () => {
        this.#isOver = true;
      },
      (thrown: unknown) => {
        failure = thrown;
        this.#isOver = true;
      },
    );
    await this.#timeline.run(() => this.#isOver || this.#violations.length > 0);
    if (failure !== null) throw failure;
    return this.#reportAll();
  }

  async #live(): Promise<void> {
    for (const node of this.#cluster.members) this.#cluster.start(node);
    await this.#pause(this.#deps.prng.between(0, 1_500));
    this.#faults.begin();
    await this.#workload.run();
    this.#faults.end();
    Object.assign(this.#weather, calmWeather());
    this.#deps.trace?.({ atMs: this.#timeline.nowMs, key: null, text: "all faults end" });
    this.#corruptSomeDigest();
    this.#cluster.healAll();
    const healedAtMs = this.#timeline.nowMs;
    await Promise.all([this.#settle(), this.#awaitLeader(healedAtMs)]);
    if (this.#deps.prng.chance(AFTERLIFE_RATE)) await this.#pause(AFTERLIFE_MS);
    if (await this.#damage.strike()) await this.#settle();
    await this.#readEverything();
    await this.#listEverything();
    await this.#proveLife();
    // Once more: a leader whose store was silent until now has only just noticed it.
    await this.#awaitLeader(healedAtMs);
  }

  /** Waits until all follow one leader. */
  async #awaitLeader(sinceMs: number): Promise<void> {
    while (this.#cluster.agreedLeader() === null) {
      if (this.#timeline.nowMs - sinceMs > LEADERLESS_MS_MAX) {
        const message = `no leader for all nodes ${LEADERLESS_MS_MAX} ms after healing`;
        this.#reportNow({ invariant: "liveness", message, key: null });
        return;
      }
      await this.#pause(SETTLE_STEP_MS);
      this.#ledAfterMs = this.#timeline.nowMs - sinceMs;
    }
  }

  /** Waits until everyone is up, all owners are equal, and nobody holds what is foreign to it. */
  async #settle(): Promise<void> {
    const sinceMs = this.#timeline.nowMs;
    await this.#pause(LAST_WORDS_MS);
    for (let left = await this.#unsettled(); left !== ""; left = await this.#unsettled()) {
      const waitedMs = this.#timeline.nowMs - sinceMs;
      const message = `not settled ${waitedMs.toFixed(0)} ms after healing: ${left}`;
      if (waitedMs > CONVERGE_MS_MAX) this.#reportNow({ invariant: "A3", message, key: null });
      if (waitedMs > SETTLE_MS_MAX) {
        this.#reportNow({ invariant: "liveness", message, key: null });
        return;
      }
      await this.#pause(SETTLE_STEP_MS);
    }
    this.#settledAfterMs = Math.max(this.#settledAfterMs, this.#timeline.nowMs - sinceMs);
  }

  /** What is still missing; empty: nothing. */
  async #unsettled(): Promise<string> {
    if (!this.#cluster.isWhole()) return "not every node is up";
    const foreign = this.#foreignOn();
    if (foreign.length > 0) return foreign.join(", ");
    return [...(await this.#differing()), ...(await this.#damage.unsound())].join(", ");
  }

  /** Owners that do not hold the same, by what reached their disks, or whose sums say otherwise. */
  async #differing(): Promise<string[]> {
    const problems: string[] = [];
    for (const partition of new Set(this.#keys.map(partitionOf))) {
      const owners = this.#ownersOf(partition);
      const sums = owners.map((node) => {
        const held = [...this.#witness.diskOf(node).current()];
        return digestOf(held.filter(({ key }) => partitionOf(key) === partition)).sum;
      });
      if (new Set(sums).size > 1) problems.push(`${owners.join(" and ")} differ in ${partition}`);
      for (const [index, node] of owners.entries()) {
        const running = (await this.#cluster.diskOf(node).digests()).get(partition);
        const isTrue = (running ?? digestOf([])).sum === sums[index];
        if (!isTrue) problems.push(`${node} has a wrong digest of ${partition}`);
      }
    }
    return problems;
  }

  /** Drawn last, so that the seeds' other misfortunes are what they were without it. */
  #corruptSomeDigest(): void {
    const { prng } = this.#deps;
    if (!prng.chance(CORRUPTION_RATE)) return;
    const partition = partitionOf(prng.pick(this.#keys));
    const node = prng.pick(this.#ownersOf(partition));
    this.#cluster.diskOf(node).corruptDigest(partition);
    const text = `${node}'s digest of ${partition} goes wrong`;
    this.#deps.trace?.({ atMs: this.#timeline.nowMs, key: null, text });
  }

  #ownersOf(partition: Partition): readonly NodeId[] {
    return walkOf(this.#deps.ring, partition).slice(0, this.#setting.replicaCount);
  }

  #foreignOn(): string[] {
    const { ring } = this.#deps;
    const { replicaCount } = this.#setting;
    return this.#cluster.members.flatMap((node) =>
      [...this.#witness.diskOf(node).current()]
        .filter(({ key }) => !isOwner(walkOf(ring, partitionOf(key)), replicaCount, node))
        .map(({ key }) => `${node} holds ${key}`),
    );
  }

  async #readEverything(): Promise<void> {
    // Whoever is asked alone must know: they have converged.
    for (const r of [1, this.#setting.replicaCount]) await this.#readEverywhere(this.#keys, r);
  }

  /** A whole listing through any node shows what the last reads did. */
  async #listEverything(): Promise<void> {
    const { members } = this.#cluster;
    for (const [index, node] of members.entries()) {
      const ask = { limit: 1 + index, values: index % 2 === 0, r: null, isFinal: true };
      const list = await this.#workload.list([node], ask);
      if (list?.isWhole === true) continue;
      const message = `after healing, listing #${list?.id} was answered ${list?.outcome}`;
      this.#reportNow({ invariant: "liveness", message, key: null });
    }
  }

  async #readEverywhere(keys: readonly Key[], r: number): Promise<void> {
    const reads = this.#cluster.members.flatMap((node) =>
      keys.map((key) => this.#workload.read(node, key, { r, isFinal: true })),
    );
    for (const read of await Promise.all(reads)) this.#demandOk(read);
  }

  /** Once healed, every node serves every client. */
  async #proveLife(): Promise<void> {
    for (const node of this.#cluster.members) {
      const key = this.#keys[0] as Key;
      this.#demandOk(await this.#workload.write(node, key, { ttlMs: null }));
      this.#demandOk(await this.#workload.read(node, key, { r: null, isFinal: true }));
    }
  }

  #demandOk(operation: { id: number; key: Key; outcome: string } | null): void {
    if (operation?.outcome === "ok") return;
    const message = `after healing, #${operation?.id} was answered ${operation?.outcome}`;
    this.#reportNow({ invariant: "liveness", message, key: operation?.key ?? null });
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#timeline.at(ms, resolve);
    });
  }

  #reportNow(violation: Omit<Violation, "atMs">): void {
    this.#report({ ...violation, atMs: this.#timeline.nowMs });
  }

  #report(violation: Violation): void {
    const { only } = this.#deps;
    if (only === null || only.includes(violation.invariant)) this.#violations.push(violation);
  }

  #reportAll(): UniverseReport {
    const { members, writes, reads } = this.#history;
    const { violations, staleReads, clockRaces } = judge(this.#history);
    for (const violation of violations) this.#report(violation);
    const { replicaCount, writeQuorum, readQuorum } = this.#setting;
    const count = (outcome: string) => writes.filter((write) => write.outcome === outcome).length;
    return {
      seed: this.#seed,
      setting: `${members.length} nodes, N=${replicaCount} W=${writeQuorum} R=${readQuorum}`,
      violations: this.#violations,
      acknowledged: count("ok"),
      refused: count("refused"),
      unknown: count("unknown"),
      reads: reads.filter(({ outcome }) => outcome === "ok").length,
      listings: this.#history.lists.filter(({ isWhole }) => isWhole).length,
      staleReads,
      clockRaces,
      releases: this.#witness.releases,
      purges: this.#witness.purges.copies,
      expiredPurges: this.#witness.purges.expiredCopies,
      damages: this.#damage.strikes,
      terms: this.#witness.leaders.terms,
      leadersPerTermMax: this.#witness.leaders.leadersPerTermMax,
      ledAfterMs: this.#ledAfterMs,
      ...this.#faults.counts,
      events: this.#timeline.fired,
      simulatedMs: this.#timeline.nowMs,
      settledAfterMs: this.#settledAfterMs,
      history: this.#history,
    };
  }
}
