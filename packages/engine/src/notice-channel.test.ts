import { ManualClock } from "../test-support/manual-clock.js";
import { FakeQueue } from "../test-support/notice-fakes.js";
import { NoticeChannel, type NoticeChannelDeps, type Told } from "./notice-channel.js";
import type { NoticeJob } from "./ports/notice-jobs.js";

interface Item extends Told {
  readonly id: string;
}

const RULES = { digestMs: 5_000, perHourMax: 4 };
const HOUR_MS = 3_600_000;

function open(change: Partial<NoticeChannelDeps<Item>> = {}) {
  const clock = new ManualClock();
  const jobs = new FakeQueue();
  const settled: string[] = [];
  const channel = new NoticeChannel<Item>({
    name: "mail-writes",
    jobs,
    clock,
    rules: RULES,
    batchMax: 10_000,
    backlogMax: 10_000,
    messageOf: (id, items) => {
      const about = { id, cluster: items.map((item) => item.id).join(" "), sender: "n" as never };
      return { kind: "test", ...about };
    },
    onSettled: (items) => void settled.push(...items.map(({ id }) => id)),
    ...change,
  });
  /** What each message that is queued is about; delivers them all. */
  const deliver = async () => {
    const about: string[] = [];
    await jobs.work(async (job: NoticeJob) => {
      about.push(job.message.cluster);
      channel.ended(job.id, "delivered");
    });
    return about;
  };
  const take = (ids: string) => {
    for (const id of ids.split(" ")) channel.take({ id });
  };
  return { channel, clock, jobs, settled, deliver, take };
}

it("tells of the first item at once, and gathers what comes within the window", async () => {
  const { channel, clock, deliver, take } = open();
  take("a");
  await channel.round();
  expect(await deliver()).toEqual(["a"]);
  take("b c");
  await channel.round();
  await clock.advance(4_999);
  take("d");
  await channel.round();
  expect(await deliver()).toEqual([]);
  await clock.advance(1);
  await channel.round();
  expect(await deliver()).toEqual(["b c d"]);
});

it("lets one message grow while the one before it cannot be delivered", async () => {
  const { channel, clock, jobs, deliver, take, settled } = open();
  take("a");
  for (const next of ["b", "c", "d"]) {
    await channel.round();
    await clock.advance(60_000);
    take(next);
  }
  expect(jobs.jobs.size).toBe(1);
  expect(settled).toEqual([]);
  expect(await deliver()).toEqual(["a"]);
  await channel.round();
  expect(await deliver()).toEqual(["b c d"]);
  expect(settled).toEqual(["a", "b", "c", "d"]);
});

it("sends no more in an hour than it may, and everything in the end", async () => {
  const { channel, clock, deliver } = open();
  const sent: string[] = [];
  for (let second = 0; second < 3_600; second++) {
    channel.take({ id: `i${second}` });
    await channel.round();
    sent.push(...(await deliver()));
    await clock.advance(1_000);
  }
  expect(sent.length).toBeLessThanOrEqual(RULES.perHourMax);
  await clock.advance(HOUR_MS);
  await channel.round();
  sent.push(...(await deliver()));
  expect(sent.join(" ").split(" ")).toHaveLength(3_600);
});

it("remembers what an earlier run has sent in this hour", async () => {
  const { channel, clock, jobs, deliver, take } = open();
  const nowMs = clock.wallMs();
  jobs.recent.push(nowMs - 4, nowMs - 3, nowMs - 2, nowMs - 1);
  await channel.recall();
  take("a");
  await channel.round();
  expect(await deliver()).toEqual([]);
  await clock.advance(HOUR_MS);
  await channel.round();
  expect(await deliver()).toEqual(["a"]);
});

it("keeps a message that the queue would not take, and takes it there later, once", async () => {
  const { channel, jobs, deliver, take } = open();
  jobs.isAway = true;
  take("a");
  await expect(channel.round()).rejects.toThrow("away");
  take("b");
  jobs.isAway = false;
  await channel.round();
  expect(await deliver()).toEqual(["a"]);
});

it("puts a message into the queue again when the queue has lost it", async () => {
  const { channel, clock, jobs, deliver, take } = open();
  take("a");
  await channel.round();
  jobs.jobs.clear();
  await channel.round();
  expect(jobs.jobs.size).toBe(0); // It is not asked each time.
  await clock.advance(30_000);
  await channel.round();
  expect(await deliver()).toEqual(["a"]);
});

it("takes an item once while it waits or is on its way", async () => {
  const { channel, clock, deliver, take } = open();
  take("a a");
  await channel.round();
  take("a b");
  expect(await deliver()).toEqual(["a"]);
  await clock.advance(5_000);
  await channel.round();
  expect(await deliver()).toEqual(["b"]);
});

it("settles what was given up, and what there was no room for, and counts both", async () => {
  const { channel, jobs, settled, take } = open({ backlogMax: 2 });
  take("a b c");
  expect(settled).toEqual(["a"]);
  await channel.round();
  const [id = ""] = jobs.jobs.keys();
  channel.ended("another", "delivered");
  channel.ended(id, "given-up");
  expect(settled).toEqual(["a", "b", "c"]);
  expect(channel.view).toMatchObject({ dropped: 1, givenUp: 2, delivered: 0, isSending: false });
});

it("tells of no more in one message than it may, without rules one after the other", async () => {
  const { channel, deliver, take } = open({ batchMax: 2, rules: null });
  take("a b c");
  await channel.round();
  expect(await deliver()).toEqual(["a b"]);
  await channel.round();
  expect(await deliver()).toEqual(["c"]);
});
