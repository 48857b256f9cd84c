/** Whatever fails on the way, what was noted is told in the end. */

import {
  buildRing,
  type Key,
  type NodeId,
  nodeNumberOf,
  type Version,
  versionAt,
  type WriteNotice,
} from "@ringkv/core";
import fc from "fast-check";
import { LogBook } from "../test-support/fakes.js";
import { ManualClock } from "../test-support/manual-clock.js";
import { FakeOutbox, FakeQueue, FakeReceiver } from "../test-support/notice-fakes.js";
import { Background } from "./background.js";
import { Notices, type Receiver } from "./notices.js";
import { PeerFailure } from "./ports/peers.js";

const MEMBERS = ["node1", "node2", "node3"] as NodeId[];
const RUNS = 40;
const STEP_MS = 600;

interface Member {
  readonly node: NodeId;
  readonly outbox: FakeOutbox;
  readonly queue: FakeQueue;
  running: { readonly notices: Notices; readonly background: Background } | null;
}

/** Three members' notifications on one clock, and one receiver that all of them tell. */
class World {
  readonly clock = new ManualClock();
  readonly receiver = new FakeReceiver();
  readonly second = new FakeReceiver();
  readonly written = new Map<Version, Key>();
  readonly members: readonly Member[];
  leader: NodeId | null = MEMBERS[0] as NodeId;
  readonly #digestMs: number;
  #isBegun = false;

  constructor(digestMs = 0) {
    this.#digestMs = digestMs;
    this.members = MEMBERS.map((node) => {
      return { node, outbox: new FakeOutbox(), queue: new FakeQueue(), running: null };
    });
    for (const member of this.members) this.start(member);
    this.#isBegun = true;
  }

  start(member: Member): void {
    if (member.running !== null) return;
    const { clock } = this;
    const background = new Background({ clock, log: new LogBook() });
    const rules = { digestMs: this.#digestMs, perHourMax: 10_000 };
    const shared = { rules, batchMax: 1_000, listedMax: 1_000 };
    const receivers: Receiver[] = [
      { ...shared, name: "mail", notifier: this.receiver },
      { ...shared, name: "hook", notifier: this.second },
    ];
    const notices = new Notices({
      self: member.node,
      ring: buildRing(MEMBERS),
      clock,
      log: new LogBook(),
      background,
      stateOf: (node) => (this.#isBegun && this.#of(node)?.running === null ? "down" : "up"),
      seesMajority: () => true,
      leadership: () => {
        return { leader: this.leader, isLeader: this.leader === member.node, term: 1 };
      },
      peers: {
        offerNotices: async (node, offered) => this.#reach(node).offer(offered),
        raise: async (node, alert) => this.#reach(node).heard(alert),
      },
      ports: {
        outbox: member.outbox,
        jobs: member.queue,
        receivers,
        options: { noteOf: () => "key", backlogMax: 1_000 },
      },
      options: { clusterId: "test", requestTimeoutMs: 1_000, downAfterMs: 5_000 },
    });
    notices.begin();
    member.running = { notices, background };
  }

  async kill(member: Member): Promise<void> {
    await member.running?.background.stop();
    member.running = null;
  }

  /** A write that all but one node have stored. */
  write(missing: number): void {
    const ms = 1_000_000 + this.written.size;
    const version = versionAt({ ms, counter: 0 }, nodeNumberOf(MEMBERS[0] as NodeId));
    const notice: WriteNotice = { version, key: `k${ms}` as Key, kind: "created", value: null };
    this.written.set(version, notice.key);
    for (const [index, { outbox }] of this.members.entries()) {
      if (index !== missing) outbox.add(notice);
    }
  }

  /** Time passes, and workers work. */
  async pass(ms: number): Promise<void> {
    for (let passedMs = 0; passedMs < ms; passedMs += 200) {
      await this.clock.advance(200);
      for (const { running, queue } of this.members) {
        if (running !== null) await queue.work((job) => running.notices.deliver(job));
      }
    }
  }

  async healAndWait(): Promise<void> {
    this.leader ??= MEMBERS[0] as NodeId;
    for (const member of this.members) {
      this.start(member);
      member.outbox.isAway = false;
      member.queue.isAway = false;
    }
    this.receiver.isAway = false;
    this.second.isAway = false;
    await this.pass(40_000);
    await this.stop();
  }

  async stop(): Promise<void> {
    for (const member of this.members) await this.kill(member);
  }

  #of(node: NodeId): Member | undefined {
    return this.members.find((member) => member.node === node);
  }

  #reach(node: NodeId): Notices {
    const running = this.#of(node)?.running;
    if (running) return running.notices;
    throw new PeerFailure({ node, reason: "refused", sent: false });
  }
}

const index = fc.integer({ min: 0, max: 2 });
type Step = readonly [what: string, index: number];
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constant("write"), index) },
  fc.tuple(
    fc.constantFrom("kill", "start", "lead", "lose queue", "queue away", "store away"),
    index,
  ),
  fc.tuple(fc.constantFrom("nobody leads", "receiver away", "receiver back"), index),
);

async function take(world: World, [what, at]: Step): Promise<void> {
  const member = world.members[at] as Member;
  if (what === "write") world.write(at);
  if (what === "kill") await world.kill(member);
  if (what === "start") world.start(member);
  if (what === "lead") world.leader = member.node;
  if (what === "nobody leads") world.leader = null;
  if (what === "lose queue") member.queue.jobs.clear();
  if (what === "queue away") member.queue.isAway = !member.queue.isAway;
  if (what === "store away") member.outbox.isAway = !member.outbox.isAway;
  const receiver = at === 0 ? world.second : world.receiver;
  if (what.startsWith("receiver")) receiver.isAway = what.endsWith("away");
  await world.pass(STEP_MS);
}

it("tells each receiver of every write, whatever fails, and empties every outbox", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const world = new World();
      for (const one of steps) await take(world, one);
      await world.healAndWait();
      const expected = new Set(world.written.values());
      expect(new Set(world.receiver.keys)).toEqual(expected);
      expect(new Set(world.second.keys)).toEqual(expected);
      expect(world.members.map(({ outbox }) => outbox.notices.size)).toEqual([0, 0, 0]);
    }),
    { numRuns: RUNS, interruptAfterTimeLimit: 40_000 },
  );
}, 60_000);

it("tells of every write once when nothing fails", async () => {
  const world = new World();
  for (let count = 0; count < 30; count++) await take(world, ["write", count % 3]);
  await world.healAndWait();
  expect(world.receiver.keys.toSorted()).toEqual([...world.written.values()].toSorted());
});

it("tells of a write at once, and of a burst after it in one message", async () => {
  const world = new World(5_000);
  world.write(0);
  await world.pass(1_000);
  for (let count = 0; count < 500; count++) world.write(count % 3);
  await world.pass(10_000);
  const counts = world.receiver.messages.map((it) => (it.kind === "writes" ? it.count : 0));
  expect(counts).toEqual([1, 500]);
  await world.stop();
});

it("tells twice rather than never when the lead changes with a message on its way", async () => {
  const world = new World();
  world.receiver.isAway = true;
  world.write(2);
  await world.pass(1_000);
  world.leader = MEMBERS[1] as NodeId;
  await world.pass(1_000);
  await world.healAndWait();
  expect(world.receiver.messages).toHaveLength(2);
  expect(new Set(world.receiver.keys).size).toBe(1);
});

it("goes on at once when a leader is found after a long wait", async () => {
  const world = new World();
  await world.kill(world.members[0] as Member);
  world.write(0);
  await world.pass(2_000);
  world.leader = null;
  await world.pass(60_000);
  world.leader = MEMBERS[1] as NodeId;
  await world.pass(5_000);
  expect(world.members.map(({ outbox }) => outbox.notices.size)).toEqual([0, 0, 0]);
  await world.stop();
});

it("settles what its disk alone has lost, as the other copy is told", async () => {
  const world = new World();
  world.leader = null;
  world.write(2);
  await world.kill(world.members[0] as Member);
  world.members[0]?.outbox.notices.clear();
  world.leader = MEMBERS[2] as NodeId;
  await world.healAndWait();
  expect(world.receiver.keys).toHaveLength(1);
});

it("tells of a node that is down once, and not once for each node", async () => {
  const world = new World();
  await world.pass(1_000);
  await world.kill(world.members[2] as Member);
  await world.pass(20_000);
  expect(world.receiver.alerts).toEqual(["node-down node3"]);
  await world.stop();
});

it("says what each receiver answered to a test, and what is on its way", async () => {
  const world = new World();
  const notices = world.members[0]?.running?.notices as Notices;
  world.second.isAway = true;
  expect(await notices.test()).toEqual([
    { receiver: "mail", delivered: true, answer: "250 ok" },
    { receiver: "hook", delivered: false, answer: "nobody answers" },
  ]);
  world.write(2);
  await world.pass(1_000);
  expect(await notices.status()).toMatchObject({
    outbox: { waiting: 1, dropped: 0 },
    channels: {
      "mail-writes": { delivered: 1, waiting: 0, isSending: false },
      "hook-writes": { delivered: 0, isSending: true },
    },
  });
  await world.stop();
});

it("forgets a message for a receiver that is configured no more", async () => {
  const world = new World();
  const notices = world.members[0]?.running?.notices as Notices;
  const message = { kind: "test", id: "1", cluster: "c", sender: MEMBERS[0] as NodeId } as const;
  await expect(notices.deliver({ id: "1", channel: "gone-writes", message })).resolves.toBe(
    undefined,
  );
  await world.stop();
});
