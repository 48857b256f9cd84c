/**
 * The cluster on a simulated clock, network and disk: the engine's own nodes, without sockets. A
 * scenario that takes a minute of cluster time takes some milliseconds here, and a run is a
 * function of its seed.
 *
 * Simulated time passes only while somebody waits for an answer or for a condition.
 */

import { buildRing, type NodeId, purgeAgeMs } from "@ringkv/core";
import type { NodeOptions } from "@ringkv/engine";
import {
  calmWeather,
  Prng,
  SimCluster,
  Timeline,
  type Violation,
  type Weather,
  Witness,
} from "@ringkv/testing";
import {
  type Capability,
  type Cluster,
  type Door,
  isRedis,
  type NodeName,
  type ProcessName,
} from "./cluster.js";
import { answerOf } from "./polling.js";
import { SimDoor } from "./sim-door.js";

export const SIMULATED_CAPABILITIES: readonly Capability[] = [
  "pause",
  "partition",
  "stores",
  "wipe",
  "patience",
];

const NODES: readonly NodeName[] = ["node1", "node2", "node3"];
/** Longer than any scenario; a store's outage ends when the scenario says so. */
const FOR_NOW_MS = 86_400_000;
const POLL_MS = 50;
const DEADLINE_MS = 60_000;
const LEAVE_TIMEOUT_MS = 5_000;

const OPTIONS: NodeOptions = {
  clusterId: "simulated",
  replicaCount: 2,
  writeQuorum: 2,
  readQuorum: 1,
  requestTimeoutMs: 2_000,
  peerTimeoutMs: 400,
  heartbeatIntervalMs: 1_000,
  suspectAfterMs: 2_000,
  downAfterMs: 5_000,
  statusRecordIntervalMs: 30_000,
  handoffIntervalMs: 10_000,
  antiEntropyIntervalMs: 10_000,
  purgeIntervalMs: 60_000,
  messageBudgetMaxMs: 60_000,
  scrubIntervalMs: 0,
  clockDriftMaxMs: 10_000,
  recoveryPatienceMs: 10_000,
};

export async function openSimulated(seed: number): Promise<SimulatedCluster> {
  const cluster = new SimulatedCluster(seed, calmWeather());
  await Promise.all(cluster.nodes.map((node) => cluster.start(node)));
  return cluster;
}

export class SimulatedCluster implements Cluster {
  readonly nodes = NODES;
  readonly replicaCount = OPTIONS.replicaCount;
  readonly runId: string;
  readonly #timeline = new Timeline();
  readonly #cluster: SimCluster;
  readonly #violations: Violation[] = [];
  #waiting = 0;
  #isRunning = false;

  constructor(seed: number, weather: Weather) {
    const ring = buildRing(NODES.map(idOf));
    const witness = new Witness({
      timeline: this.#timeline,
      members: ring.members,
      stamps: new Map(),
      purged: [],
      purgeAgeMs: purgeAgeMs(OPTIONS.messageBudgetMaxMs),
      report: (it) => this.#violations.push({ ...it, atMs: this.#timeline.nowMs }),
      trace: null,
    });
    this.runId = `seed${seed}`;
    this.#cluster = new SimCluster({
      ring,
      options: OPTIONS,
      timeline: this.#timeline,
      prng: new Prng(seed),
      weather,
      witness,
      skewMs: 200,
    });
  }

  at(node: NodeName): Door {
    return new SimDoor(idOf(node), { cluster: this.#cluster, drive: (call) => this.#drive(call) });
  }

  async start(process: ProcessName): Promise<void> {
    if (isRedis(process)) return this.#cluster.failDisk(nodeOf(process), "away", 0);
    this.#cluster.start(idOf(process));
    // A node whose store is away waits for it; a start that waited too would never end.
    await this.pass(0);
  }

  async stop(process: ProcessName): Promise<void> {
    const running = isRedis(process) ? null : this.#cluster.runOf(idOf(process));
    if (running !== null) {
      const leave = this.#cluster.call(running, LEAVE_TIMEOUT_MS, (node) => node.leave());
      await this.#drive(leave.catch(() => {}));
    }
    await this.kill(process);
  }

  async kill(process: ProcessName): Promise<void> {
    if (isRedis(process)) this.#cluster.failDisk(nodeOf(process), "away", FOR_NOW_MS);
    else this.#cluster.kill(idOf(process));
  }

  async pause(process: ProcessName): Promise<void> {
    if (isRedis(process)) this.#cluster.failDisk(nodeOf(process), "silent", FOR_NOW_MS);
    else this.#cluster.freeze(idOf(process));
  }

  async resume(process: ProcessName): Promise<void> {
    if (isRedis(process)) this.#cluster.failDisk(nodeOf(process), "away", 0);
    else this.#cluster.thaw(idOf(process));
  }

  async wipe(node: NodeName): Promise<void> {
    this.#cluster.wipeDisk(idOf(node));
  }

  async isolate(node: NodeName): Promise<void> {
    for (const other of NODES) {
      if (other === node) continue;
      this.#cluster.cut(idOf(node), idOf(other));
      this.#cluster.cut(idOf(other), idOf(node));
    }
  }

  async heal(): Promise<void> {
    this.#cluster.healNetwork();
  }

  async waitUntil(
    what: string,
    problem: () => Promise<string>,
    deadlineMs: number = DEADLINE_MS,
  ): Promise<void> {
    const endMs = this.#timeline.nowMs + deadlineMs;
    for (;;) {
      const last = await answerOf(problem);
      if (last === "") return;
      if (this.#timeline.nowMs > endMs) throw new Error(`waited in vain until ${what}: ${last}`);
      await this.pass(POLL_MS);
    }
  }

  pass(ms: number): Promise<void> {
    return this.#drive(
      new Promise((resolve) => {
        this.#timeline.at(ms, resolve);
      }),
    );
  }

  /** Also the place where a broken word of the nodes comes to light. */
  async restore(): Promise<void> {
    this.#cluster.healAll();
    await this.pass(0);
    const [violation] = this.#violations;
    if (violation !== undefined) throw new Error(`${violation.invariant}: ${violation.message}`);
  }

  async close(): Promise<void> {
    for (const node of NODES) this.#cluster.kill(idOf(node));
  }

  askRedis(): Promise<never> {
    return Promise.reject(new Error("the simulated stores are no Redis"));
  }

  startStranger(): Promise<never> {
    return Promise.reject(new Error("the simulated network has no strangers"));
  }

  log(): Promise<never> {
    return Promise.reject(new Error("simulated nodes keep no log"));
  }

  /** Lets time pass until `call` has settled, and no longer than somebody waits for something. */
  async #drive<T>(call: Promise<T>): Promise<T> {
    this.#waiting++;
    this.#run();
    try {
      return await call;
    } finally {
      this.#waiting--;
    }
  }

  #run(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    const isOver = () => {
      // Said in the same breath: whoever waits from now on must set it going again.
      this.#isRunning = this.#waiting > 0;
      return !this.#isRunning;
    };
    void this.#timeline.run(isOver);
  }
}

function idOf(node: NodeName): NodeId {
  return node as string as NodeId;
}

function nodeOf(redis: ProcessName): NodeId {
  return redis.replace("redis", "node") as NodeId;
}
