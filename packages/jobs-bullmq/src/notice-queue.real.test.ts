import type { NodeId } from "@ringkv/core";
import { DeliveryFailure, type NoticeJob } from "@ringkv/engine";
import { openRedis, type TestRedis } from "@ringkv/testing";
import { NoticeQueue } from "./notice-queue.js";

function job(id: string, channel = "mail-writes"): NoticeJob {
  const sender = "node1" as NodeId;
  return { id, channel, message: { kind: "test", id, cluster: "test", sender } };
}

const FAST = { firstMs: 20, longestMs: 20 };

describe("the queue of notifications", () => {
  let redis: TestRedis;
  let queue: NoticeQueue;
  const open: NoticeQueue[] = [];
  const log = { info: () => {}, warn: () => {}, error: () => {} };

  async function openQueue(): Promise<NoticeQueue> {
    const random = { unit: () => 0.5 };
    const options = {
      url: `${redis.url}/1`,
      node: "node1",
      log,
      random,
      backoff: FAST,
      closeMs: 200,
    };
    const opened = new NoticeQueue(options);
    open.push(opened);
    await opened.untilReady();
    return opened;
  }

  beforeEach(async () => {
    redis = await openRedis();
    queue = await openQueue();
  });

  afterEach(async () => {
    await Promise.all(open.splice(0).map((one) => one.close()));
    await redis.close();
  });

  /** Resolves with the ids of the first `count` deliveries that `deliver` lets pass. */
  function delivering(
    count: number,
    deliver: (one: NoticeJob) => Promise<void> = async () => {},
    givenUp: (one: NoticeJob) => void = () => {},
  ): Promise<string[]> {
    const seen: string[] = [];
    return new Promise((resolve) => {
      queue.work({
        deliver: async (one) => {
          await deliver(one);
          seen.push(one.id);
          if (seen.length === count) resolve(seen);
        },
        givenUp,
      });
    });
  }

  it("delivers what was queued, each message once, though queued twice", async () => {
    await queue.enqueue(job("a"));
    await queue.enqueue(job("a"));
    await queue.enqueue(job("b"));
    expect((await delivering(2)).toSorted()).toEqual(["a", "b"]);
    expect(await queue.has("a")).toBe(true);
    expect(await queue.has("never")).toBe(false);
  });

  it("tries again what was not taken, and remembers when it was, by channel", async () => {
    let attempts = 0;
    const done = delivering(1, async () => {
      if (attempts++ < 3) throw new DeliveryFailure("away", { isPermanent: false });
    });
    await queue.enqueue(job("a"));
    expect(await done).toEqual(["a"]);
    expect(attempts).toBe(4);
    while ((await queue.sentWithinHour("mail-writes")).length === 0);
    expect(await queue.sentWithinHour("mail-alerts")).toEqual([]);
  });

  it("keeps for the operator what is refused for good, and says that it is given up", async () => {
    const givenUp = new Promise<string>((resolve) => {
      void delivering(
        1,
        () => Promise.reject(new DeliveryFailure("no such user", { isPermanent: true })),
        ({ id }) => resolve(id),
      );
    });
    await queue.enqueue(job("a"));
    expect(await givenUp).toBe("a");
    expect(await queue.counts()).toMatchObject({ failed: 1, delayed: 0, waiting: 0 });
    expect(await queue.has("a")).toBe(true);
  });

  it("leaves though a receiver does not answer, and the next start delivers", async () => {
    await queue.enqueue(job("a"));
    let release = () => {};
    const stuck = new Promise<void>((resolve) => {
      release = resolve;
    });
    await new Promise<void>((begun) => {
      void delivering(1, () => {
        begun();
        return stuck;
      });
    });
    await queue.close();
    open.length = 0;
    queue = await openQueue();
    expect(await delivering(1)).toEqual(["a"]);
    release();
  }, 60_000);

  it("keeps what is queued over a crash of Redis", async () => {
    if (redis.kind === "stand-in") return;
    await queue.enqueue(job("a"));
    await redis.kill();
    await expect(queue.enqueue(job("b"))).rejects.toThrow(/[Ss]tream|[Cc]onnection|retries/);
    await redis.start();
    expect(await delivering(1)).toEqual(["a"]);
  });
});
