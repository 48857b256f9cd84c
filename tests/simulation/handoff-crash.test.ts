/**
 * Goal: a hand-off that is cut short anywhere loses nothing, and ends all the same.
 *
 * Method: a stand-in holds one record that its owner missed, because the link between them was cut
 * for a moment. Then one of the two dies after the first event, or the second, … up to the one in
 * which the stand-in lets go. The disks are what is judged, by the witness and at the end.
 */

import { buildRing, type Key, type NodeId, partitionOf, type Version, walkOf } from "@ringkv/core";
import {
  calmWeather,
  nodeOptions,
  Prng,
  SimCluster,
  Timeline,
  type Violation,
  Witness,
} from "@ringkv/testing";

const ring = buildRing(["node1", "node2", "node3"] as NodeId[]);
const KEY = "key" as Key;
const [OWNER, OTHER_OWNER, STAND_IN] = walkOf(ring, partitionOf(KEY)) as [NodeId, NodeId, NodeId];
const QUORUMS = { replicaCount: 2, writeQuorum: 2, readQuorum: 1 };
const NO_WIPES = { wipeEveryMs: Number.POSITIVE_INFINITY };
const DEADLINE_MS = 60_000;

class Stage {
  readonly timeline = new Timeline();
  readonly violations: Omit<Violation, "atMs">[] = [];
  readonly witness = new Witness({
    timeline: this.timeline,
    members: ring.members,
    stamps: new Map(),
    report: (it) => this.violations.push(it),
    trace: null,
    purgeAgeMs: DEADLINE_MS,
    purged: [],
  });
  readonly cluster = new SimCluster({
    ring,
    options: nodeOptions(QUORUMS, NO_WIPES),
    timeline: this.timeline,
    prng: new Prng(1),
    weather: calmWeather(),
    witness: this.witness,
    skewMs: 0,
  });

  /** Lets time pass until it is so; throws when it does not become so. */
  async until(what: string, isSo: () => boolean): Promise<void> {
    const endMs = this.timeline.nowMs + DEADLINE_MS;
    await this.timeline.run(() => isSo() || this.timeline.nowMs > endMs);
    if (!isSo()) throw new Error(`waited in vain until ${what}`);
  }

  versionOn(node: NodeId): Version | null {
    return this.witness.diskOf(node).held(KEY)?.version ?? null;
  }

  /** What the owner ought to hold is on the other owner's disk and the stand-in's. */
  async begin(): Promise<Version> {
    const { cluster } = this;
    for (const node of ring.members) cluster.start(node);
    await this.until("all are up", () => cluster.isWhole());
    const via = cluster.runOf(STAND_IN);
    if (via === null) throw new Error(`${STAND_IN} does not run`);
    cluster.cut(STAND_IN, OWNER);
    cluster.cut(OWNER, STAND_IN);
    let version: Version | null = null;
    const command = { key: KEY, value: Buffer.from("v"), contentType: "", expiresAtMs: null };
    void via.node.write({ ...command, w: null, timeoutMs: null }).then((receipt) => {
      version = receipt.version;
    });
    await this.until("the write is acknowledged", () => version !== null);
    const held = [OWNER, OTHER_OWNER, STAND_IN].map((node) => this.versionOn(node));
    if (held.join() !== `,${version},${version}`) throw new Error(`no stand-in: ${held.join()}`);
    cluster.healNetwork();
    return version as unknown as Version;
  }

  get isHandedOff(): boolean {
    return this.versionOn(STAND_IN) === null && this.cluster.isWhole();
  }
}

async function eventsOfAHandoff(): Promise<number> {
  const stage = new Stage();
  await stage.begin();
  const from = stage.timeline.fired;
  await stage.until("it is handed off", () => stage.versionOn(STAND_IN) === null);
  return stage.timeline.fired - from;
}

it("is not what a recovery does: the owner has been up all the time", async () => {
  const stage = new Stage();
  await stage.begin();
  await stage.until("it is handed off", () => stage.versionOn(STAND_IN) === null);
  expect(stage.cluster.runOf(OWNER)?.node.incarnation).toBe(1);
  expect(stage.violations).toEqual([]);
});

it.each([
  { victim: STAND_IN, who: "the stand-in" },
  { victim: OWNER, who: "the owner" },
])(
  "is survived when $who dies at any step",
  async ({ victim }) => {
    const steps = await eventsOfAHandoff();
    expect(steps).toBeGreaterThan(50);
    for (let step = 0; step <= steps; step++) {
      const stage = new Stage();
      const version = await stage.begin();
      const at = stage.timeline.fired + step;
      await stage.until("the step has come", () => stage.timeline.fired >= at);
      stage.cluster.kill(victim);
      const restartAtMs = stage.timeline.nowMs + 100;
      await stage.until("a moment has passed", () => stage.timeline.nowMs >= restartAtMs);
      stage.cluster.start(victim);
      await stage.until(`it is handed off, cut at step ${step}`, () => stage.isHandedOff);
      expect({
        step,
        held: [stage.versionOn(OWNER), stage.versionOn(OTHER_OWNER), stage.versionOn(STAND_IN)],
        violations: stage.violations,
      }).toEqual({ step, held: [version, version, null], violations: [] });
    }
  },
  120_000,
);
