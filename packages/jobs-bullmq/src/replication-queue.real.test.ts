import type { NodeId, Partition } from "@ringkv/core";
import type { Job } from "@ringkv/engine";
import { openRedis, type TestRedis } from "@ringkv/testing";
import { ReplicationQueue } from "./replication-queue.js";

const job = (partition: number): Job => ({ kind: "handoff", partition: partition as Partition });

/** Resolves with the first `count` jobs, in the order in which they ran. */
function running(
  queue: ReplicationQueue,
  count: number,
  run: (one: Job) => Promise<void> = async () => {},
) {
  const seen: number[] = [];
  return new Promise<number[]>((resolve) => {
    queue.work(async (one) => {
      seen.push("partition" in one ? one.partition : -1);
      if (seen.length === count) resolve(seen);
      await run(one);
    });
  });
}

describe("the replication queue", () => {
  let redis: TestRedis;
  let queue: ReplicationQueue;
  const open: ReplicationQueue[] = [];
  const logged: string[] = [];
  let wake = () => {};
  const note = (_: object, message: string) => {
    logged.push(message);
    wake();
  };
  const log = { info: note, warn: note, error: note };

  /** Redis may know of an outcome before the worker has heard of it. */
  async function untilLogged(message: string): Promise<void> {
    while (!logged.includes(message)) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }

  async function openQueue(node: string): Promise<ReplicationQueue> {
    const opened = new ReplicationQueue({ url: `${redis.url}/1`, node, log });
    open.push(opened);
    await opened.untilReady();
    return opened;
  }

  beforeEach(async () => {
    redis = await openRedis();
    logged.length = 0;
    queue = await openQueue("node1");
  });

  afterEach(async () => {
    await Promise.all(open.splice(0).map((one) => one.close()));
    await redis.close();
  });

  it("runs what was queued, once, and keeps nothing of what is done", async () => {
    await queue.enqueue([job(1), job(2), job(3)]);
    expect(new Set(await running(queue, 3))).toEqual(new Set([1, 2, 3]));
    await untilCounts(queue, { waiting: 0, active: 0, delayed: 0, failed: 0 });
  });

  it("does not queue a debt that is queued already", async () => {
    await queue.enqueue([job(7), job(7)]);
    await queue.enqueue([job(7), job(8)]);
    expect(await queue.counts()).toMatchObject({ waiting: 2 });
  });

  it("keeps the repairs of a partition with different peers apart, and its hand-off", async () => {
    const repair = (peer: string) =>
      ({ kind: "repair", partition: 7 as Partition, peer: peer as NodeId }) as const;
    await queue.enqueue([job(7), repair("node2"), repair("node3"), repair("node2")]);
    expect(await queue.counts()).toMatchObject({ waiting: 3 });
  });

  it("queues the same debt again once it is done", async () => {
    await queue.enqueue([job(7)]);
    const twice = running(queue, 2);
    await untilCounts(queue, { waiting: 0, active: 0, delayed: 0, failed: 0 });
    await queue.enqueue([job(7)]);
    expect(await twice).toEqual([7, 7]);
  });

  it("tries a failed job again, after a pause", async () => {
    let attempts = 0;
    await queue.enqueue([job(5)]);
    const twice = running(queue, 2, async () => {
      if (attempts++ === 0) throw new Error("the owner went away");
    });
    expect(await twice).toEqual([5, 5]);
    await untilCounts(queue, { waiting: 0, active: 0, delayed: 0, failed: 0 });
    await untilLogged("a job failed and will be tried again");
  });

  it.each(["purge", "anti-entropy"] as const)(
    "gives %s one attempt, and queues it once",
    async (kind) => {
      await queue.enqueue([{ kind }, { kind }]);
      expect(await queue.counts()).toMatchObject({ waiting: 1 });
      await running(queue, 1, () => Promise.reject(new Error("a bug")));
      await untilCounts(queue, { waiting: 0, active: 0, delayed: 0, failed: 1 });
      await untilLogged("a job failed for good; the next round decides");
    },
  );

  it("keeps the jobs of nodes apart that share one Redis", async () => {
    const other = await openQueue("node2");
    await queue.enqueue([job(1)]);
    await other.enqueue([job(2)]);
    expect(await running(other, 1)).toEqual([2]);
    expect(await queue.counts()).toMatchObject({ waiting: 1 });
  });

  it("keeps what is queued over a crash of Redis", async () => {
    if (redis.kind === "stand-in") return;
    await queue.enqueue([job(1), job(2)]);
    await redis.kill();
    await redis.start();
    expect(new Set(await running(queue, 2))).toEqual(new Set([1, 2]));
  });

  it("refuses at once while Redis is away: the next round queues the debt again", async () => {
    await queue.enqueue([job(1)]);
    await redis.kill();
    await expect(queue.enqueue([job(2)])).rejects.toThrow(/[Ss]tream|[Cc]onnection|retries/);
  });
});

async function untilCounts(queue: ReplicationQueue, expected: object): Promise<void> {
  const wanted = JSON.stringify(expected);
  while (JSON.stringify(await queue.counts()) !== wanted);
}
