/**
 * A simulated cluster: the engine's own `Node`s on a simulated clock, network, disks and queues,
 * and the switches by which a test makes them fail.
 */

import type { NodeId, Ring } from "@ringkv/core";
import { type Leadership, type Log, Node, type NodeOptions, type Random } from "@ringkv/engine";
import type { Prng } from "./prng.js";
import { SimClock } from "./sim-clock.js";
import { type OutageKind, SimDisk } from "./sim-disk.js";
import { SimJobs } from "./sim-jobs.js";
import { SimNetwork } from "./sim-network.js";
import { SimProcess } from "./sim-process.js";
import type { Timeline } from "./sim-timeline.js";
import type { Weather } from "./sim-weather.js";
import type { Witness } from "./witness.js";

export interface SimClusterDeps {
  readonly ring: Ring;
  readonly options: NodeOptions;
  readonly timeline: Timeline;
  readonly prng: Prng;
  readonly weather: Weather;
  readonly witness: Witness;
  /** Wall clocks are off by up to this, either way, anew with each start. */
  readonly skewMs: number;
}

/** One run of one node. */
export interface Running {
  readonly process: SimProcess;
  readonly clock: SimClock;
  readonly node: Node;
  /** False until it has claimed its store. */
  isStarted: boolean;
}

/** A call that ended because the node died or the client lost patience. */
export class ConnectionLost extends Error {
  override readonly name = "ConnectionLost";
}

const STORE_TIMEOUT_MS = 1_000;
const START_AGAIN_MS = 500;

export class SimCluster {
  readonly #deps: SimClusterDeps;
  readonly #network: SimNetwork;
  readonly #disks: ReadonlyMap<NodeId, SimDisk>;
  readonly #running = new Map<NodeId, Running>();
  #newcomer: NodeId;

  constructor(deps: SimClusterDeps) {
    const { timeline, prng, weather, witness, ring } = deps;
    this.#deps = deps;
    this.#newcomer = prng.pick(ring.members);
    this.#network = new SimNetwork({ timeline, prng: prng.fork(), weather, tap: witness });
    this.#disks = new Map(
      ring.members.map((node) => {
        const own = { node, prng: prng.fork(), tap: witness, storeTimeoutMs: STORE_TIMEOUT_MS };
        return [node, new SimDisk({ timeline, weather, ...own })];
      }),
    );
  }

  get members(): readonly NodeId[] {
    return this.#deps.ring.members;
  }

  /** The node that has started last. */
  get newcomer(): NodeId {
    return this.#newcomer;
  }

  /** The node's current run, started or not; null: it is dead. */
  runOf(node: NodeId): Running | null {
    return this.#running.get(node) ?? null;
  }

  start(self: NodeId): void {
    const { timeline, prng, ring, options, witness, skewMs } = this.#deps;
    if (this.#running.has(self)) return;
    const process = new SimProcess(self, timeline);
    const offsetMs = prng.between(-skewMs, skewMs);
    const clock = new SimClock(timeline, process, offsetMs);
    witness.starting(offsetMs);
    const jobs = new SimJobs({ process, prng: prng.fork(), run: (job) => node.runJob(job) });
    const peers = this.#network.peersFor(process);
    const stores = this.diskOf(self).openFor(process);
    const random = this.#randomFor(prng.fork());
    const ports = { clock, peers, jobs, random, ...stores, log: SILENT };
    const node = new Node({ self, ring, options, ...ports });
    const running: Running = { process, clock, node, isStarted: false };
    this.#running.set(self, running);
    this.#network.join(process, node.service);
    node.start().then(
      () => {
        running.isStarted = true;
        this.#newcomer = self;
        witness.started(self, offsetMs);
      },
      () => this.#startAgain(running),
    );
  }

  kill(node: NodeId): void {
    const running = this.#running.get(node);
    if (running === undefined) return;
    this.#running.delete(node);
    this.#deps.witness.stopped(node);
    running.process.kill();
  }

  freeze(node: NodeId): void {
    this.#running.get(node)?.process.freeze();
  }

  thaw(node: NodeId): void {
    this.#running.get(node)?.process.thaw();
  }

  failDisk(node: NodeId, kind: OutageKind, forMs: number): void {
    this.diskOf(node).fail(kind, forMs);
  }

  /** For harm, and for a look from outside. */
  diskOf(node: NodeId): SimDisk {
    const disk = this.#disks.get(node);
    if (disk === undefined) throw new RangeError(`no such node: ${node}`);
    return disk;
  }

  /** The node must not run: what it remembers would be of a disk that is gone. */
  wipeDisk(node: NodeId): void {
    if (this.#running.has(node)) throw new Error(`${node} runs`);
    this.diskOf(node).wipe();
  }

  /** Whether all that the disk holds of what was acknowledged is on others as well. */
  mayLoseDisk(node: NodeId): boolean {
    return this.#deps.witness.isSafeToLose(node);
  }

  cut(from: NodeId, to: NodeId): void {
    this.#network.cut(from, to);
  }

  healNetwork(): void {
    this.#network.heal();
  }

  /** Ends every fault: what is dead starts, what is frozen goes on, what is cut is joined. */
  healAll(): void {
    this.#network.heal();
    for (const disk of this.#disks.values()) disk.heal();
    for (const node of this.members) {
      this.thaw(node);
      this.start(node);
    }
  }

  /** Whether every node has started and sees every other one up. */
  isWhole(): boolean {
    return this.members.every((node) => {
      const running = this.#running.get(node);
      if (running?.isStarted !== true) return false;
      return this.members.every((other) => running.node.stateOf(other) === "up");
    });
  }

  /** Whom every node knows as the leader, in one term; null: they disagree, or there is none. */
  agreedLeader(): Leadership | null {
    const views = this.members.map((node) => {
      const running = this.#running.get(node);
      return running?.isStarted === true ? running.node.leadership() : null;
    });
    const leading = views.filter((view) => view?.isLeader);
    const [first] = leading;
    if (first === undefined || first === null || leading.length > 1) return null;
    const agrees = (view: Leadership | null) =>
      view !== null && view.term === first.term && view.leader === first.leader;
    return views.every(agrees) ? first : null;
  }

  /**
   * What a client gets that asks this run of a node. Rejects with `ConnectionLost` when the node
   * dies first, or when `patienceMs` have passed.
   */
  call<T>(running: Running, patienceMs: number, ask: (node: Node) => Promise<T>): Promise<T> {
    const { timeline } = this.#deps;
    return new Promise((resolve, reject) => {
      const lose = () => reject(new ConnectionLost(running.process.node));
      const timer = timeline.at(patienceMs, lose);
      const settle = (act: () => void) => {
        timeline.cancel(timer);
        act();
      };
      running.process.onKill(() => settle(lose));
      // A request to a frozen node waits until it thaws.
      running.process.schedule(0, () => {
        ask(running.node).then(
          (value) => settle(() => resolve(value)),
          (thrown: unknown) => settle(() => reject(thrown)),
        );
      });
    });
  }

  #randomFor(prng: Prng): Random {
    const { weather } = this.#deps;
    return { unit: () => (prng.chance(weather.unluckyRate) ? 0 : prng.unit()) };
  }

  /** Its store did not answer in time: the process ends, and its supervisor starts it again. */
  #startAgain({ process }: Running): void {
    if (!process.isAlive) return;
    this.kill(process.node);
    this.#deps.timeline.at(START_AGAIN_MS, () => this.start(process.node));
  }
}

const SILENT: Log = { info: () => {}, warn: () => {}, error: () => {} };
