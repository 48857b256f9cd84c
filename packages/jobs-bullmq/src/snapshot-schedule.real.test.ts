import { openRedis, type TestRedis } from "@ringkv/testing";
import { Redis } from "ioredis";
import { SnapshotSchedule } from "./snapshot-schedule.js";

const EVERY_SECOND = "* * * * * *";

describe("the schedule of snapshots", () => {
  let redis: TestRedis;
  const open: SnapshotSchedule[] = [];
  const log = { info: () => {}, warn: () => {}, error: () => {} };

  function openSchedule(cron: string | null, node = "node1"): SnapshotSchedule {
    const schedule = new SnapshotSchedule({ url: `${redis.url}/1`, node, cron, log });
    open.push(schedule);
    return schedule;
  }

  /** Resolves when one has been due `times` times. */
  function due(schedule: SnapshotSchedule, times: number): Promise<void> {
    let seen = 0;
    return new Promise((resolve) => {
      schedule.work(async () => {
        if (++seen === times) resolve();
      });
    });
  }

  beforeEach(async () => {
    redis = await openRedis();
  });

  afterEach(async () => {
    await Promise.all(open.splice(0).map((one) => one.close()));
    await redis.close();
  });

  it("lets one be due by the clock, again and again", async () => {
    await due(openSchedule(EVERY_SECOND), 2);
  });

  it("has one waiting at a time, however often the node starts", async () => {
    for (let start = 0; start < 3; start++) await openSchedule("0 0 1 1 *").untilScheduled();
    expect(await (open[0] as SnapshotSchedule).counts()).toMatchObject({ delayed: 1 });
  });

  it("forgets a schedule that is no longer wanted", async () => {
    await openSchedule("0 0 1 1 *").untilScheduled();
    const without = openSchedule(null);
    await without.untilScheduled();
    expect(await without.counts()).toMatchObject({ delayed: 0, waiting: 0 });
  });

  it("keeps the schedules of nodes apart that share one Redis", async () => {
    await openSchedule("0 0 1 1 *", "node1").untilScheduled();
    const other = openSchedule(null, "node2");
    await other.untilScheduled();
    expect(await (open[0] as SnapshotSchedule).counts()).toMatchObject({ delayed: 1 });
  });

  it("is written anew when Redis comes back without it", async () => {
    if (redis.kind === "stand-in") return;
    const schedule = openSchedule(EVERY_SECOND);
    await schedule.untilScheduled();
    const operator = new Redis(redis.url);
    await operator.flushall();
    await operator.call("CLIENT", "KILL", "SKIPME", "yes");
    operator.disconnect();
    await due(schedule, 2);
  });

  it("keeps one that failed for the operator, after it has been tried again", async () => {
    const schedule = openSchedule(EVERY_SECOND);
    await new Promise<void>((resolve) => {
      schedule.work(async () => {
        resolve();
        throw new Error("the disk is full");
      });
    });
    // The second attempt waits; and so does the next one by the clock.
    while ((await schedule.counts()).delayed < 2);
  });
});
