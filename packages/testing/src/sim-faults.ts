/**
 * Does harm to a simulated cluster, at random times and in random places, until told to stop. It
 * sets no limit to how much is broken at once: what was promised must hold all the same. Only disks
 * are lost one after the other: no promise outlives the last copy.
 */

import type { NodeId } from "@ringkv/core";
import type { Prng } from "./prng.js";
import type { SimCluster } from "./sim-cluster.js";
import type { OutageKind } from "./sim-disk.js";
import type { Timeline } from "./sim-timeline.js";
import type { FaultPlan } from "./sim-weather.js";

export interface SimFaultsDeps {
  readonly cluster: SimCluster;
  readonly timeline: Timeline;
  readonly prng: Prng;
  readonly plan: FaultPlan;
  readonly trace: ((text: string) => void) | null;
}

export interface FaultCounts {
  crashes: number;
  freezes: number;
  partitions: number;
  outages: number;
  wipes: number;
}

const OUTAGE_KINDS: readonly OutageKind[] = ["away", "silent", "full"];
const RESTART_MS_MIN = 20;

export class SimFaults {
  readonly counts: FaultCounts = { crashes: 0, freezes: 0, partitions: 0, outages: 0, wipes: 0 };
  readonly #deps: SimFaultsDeps;
  #isOver = false;

  constructor(deps: SimFaultsDeps) {
    this.#deps = deps;
  }

  begin(): void {
    const { plan } = this.#deps;
    this.#repeat(plan.crashEveryMs, () => this.#crash());
    this.#repeat(plan.freezeEveryMs, () => this.#freeze());
    this.#repeat(plan.partitionEveryMs, () => this.#partition());
    this.#repeat(plan.outageEveryMs, () => this.#outage());
    this.#repeat(plan.wipeEveryMs, () => this.#wipe());
  }

  end(): void {
    this.#isOver = true;
  }

  #repeat(everyMs: number, harm: () => void): void {
    if (everyMs === Number.POSITIVE_INFINITY) return;
    const { timeline, prng } = this.#deps;
    timeline.at(prng.exponential(everyMs), () => {
      if (this.#isOver) return;
      harm();
      this.#repeat(everyMs, harm);
    });
  }

  #crash(): void {
    const { cluster, prng, plan } = this.#deps;
    const everyone = plan.mayCrashAll && prng.chance(0.2);
    for (const node of everyone ? cluster.members : [prng.pick(cluster.members)]) {
      if (cluster.runOf(node) === null) continue;
      this.counts.crashes++;
      this.#note(`${node} crashes`);
      cluster.kill(node);
      this.#later(RESTART_MS_MIN, () => cluster.start(node));
    }
  }

  #freeze(): void {
    const { cluster, prng } = this.#deps;
    const node = prng.pick(cluster.members);
    const run = cluster.runOf(node)?.process;
    if (run === undefined || run.isFrozen) return;
    this.counts.freezes++;
    this.#note(`${node} freezes`);
    run.freeze();
    this.#later(0, () => {
      this.#note(`${node} thaws`);
      run.thaw();
    });
  }

  #partition(): void {
    const { cluster, prng } = this.#deps;
    const [some, rest] = this.#split();
    const direction = prng.pick(["both", "in", "out"] as const);
    this.counts.partitions++;
    this.#note(`cut ${direction}: ${some.join(" ")} | ${rest.join(" ")}`);
    for (const one of some) {
      for (const other of rest) {
        if (direction !== "in") cluster.cut(one, other);
        if (direction !== "out") cluster.cut(other, one);
      }
    }
    this.#later(0, () => {
      this.#note("the network heals");
      cluster.healNetwork();
    });
  }

  /** One node apart, one pair apart, or any split at all. */
  #split(): [NodeId[], NodeId[]] {
    const { cluster, prng } = this.#deps;
    const { members } = cluster;
    const one = prng.pick(members);
    const others = members.filter((node) => node !== one);
    const kind = prng.below(4);
    if (kind === 0) return [[one], others];
    if (kind <= 2) return [[one], [prng.pick(others)]];
    const some = [one, ...others.filter(() => prng.chance(0.4))];
    return [some, members.filter((node) => !some.includes(node))];
  }

  #outage(): void {
    const { cluster, prng, plan } = this.#deps;
    const node = prng.pick(cluster.members);
    const kind = prng.pick(OUTAGE_KINDS);
    this.counts.outages++;
    this.#note(`store of ${node} is ${kind}`);
    cluster.failDisk(node, kind, prng.exponential(plan.faultMs));
  }

  #wipe(): void {
    const { cluster, prng } = this.#deps;
    const node = prng.pick(cluster.members);
    if (!cluster.mayLoseDisk(node)) return;
    this.counts.wipes++;
    this.#note(`${node} crashes and loses its disk`);
    cluster.kill(node);
    cluster.wipeDisk(node);
    this.#later(RESTART_MS_MIN, () => cluster.start(node));
  }

  #later(leastMs: number, undo: () => void): void {
    const { timeline, prng, plan } = this.#deps;
    timeline.at(leastMs + prng.exponential(plan.faultMs), () => {
      if (!this.#isOver) undo();
    });
  }

  #note(text: string): void {
    this.#deps.trace?.(text);
  }
}
