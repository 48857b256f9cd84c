/**
 * Every acknowledged write is told, whatever is killed on the way; how often one was told twice is
 * traced by its id and printed, for that is the price. What had been settled when something failed
 * is not told again.
 */

import { jest } from "@jest/globals";
import { type NodeName, redisOf } from "../harness/cluster.js";
import { NotifiedCluster } from "./notified-cluster.js";

jest.setTimeout(180_000);

const WRITES = 120;
const AWAY = "mail server and receiver away for a while";

function print(what: string): void {
  process.stdout.write(`notifications: ${what}\n`);
}

describe("with real processes, a real mail server and a real receiver", () => {
  let notified: NotifiedCluster;
  /** Which writes were acknowledged in which story. */
  const stories = new Map<string, Set<string>>();
  beforeAll(async () => {
    const settings = { NOTIFY_DIGEST_MS: "1000", NOTIFY_MAX_PER_HOUR: "3600" };
    notified = await NotifiedCluster.open(settings);
  });
  afterAll(() => notified?.close());

  const other = (leader: NodeName) => notified.cluster.nodes.find((node) => node !== leader);
  const repeatsOf = (what: string) => notified.hook.repeatsOf(stories.get(what) ?? []);

  /** What happens around some writes; then everything must have been told. */
  async function story(what: string, happen: (leader: NodeName) => Promise<void>): Promise<void> {
    const leader = await notified.leader();
    await notified.untilSettled();
    const before = new Set(notified.acknowledged);
    await happen(leader);
    await notified.untilTold();
    stories.set(what, new Set([...notified.acknowledged].filter((id) => !before.has(id))));
    await notified.cluster.restore();
  }

  it("tells of each write once, by mail and by webhook, signed", async () => {
    await story("nothing fails", async (leader) => {
      for (const node of notified.cluster.nodes) await notified.write(node, WRITES / 4);
      await notified.write(leader, WRITES / 4);
    });
    expect(notified.hook.forged).toBe(0);
    await notified.untilMailed(WRITES);
    expect(notified.mailed).toBe(WRITES);
    expect(notified.smtp.mails.every(({ isEncrypted, user }) => isEncrypted && user)).toBe(true);
  });

  it("tells of each write of a batch", async () => {
    await story("batches", async () => {
      for (const node of notified.cluster.nodes) {
        const ops = Array.from({ length: WRITES / 6 }, (_, index) => {
          return { op: "put", key: `batch ${node} ${index}`, value: `${index}` } as const;
        });
        const gone = ops.slice(1).map(({ key }) => ({ op: "delete", key }) as const);
        const results = await notified.cluster.at(node).batch([...ops, ...gone]);
        for (const { version } of results) notified.acknowledged.add(version ?? "none");
      }
    });
    expect(notified.acknowledged.size).toBe(WRITES + 3 * (WRITES / 3 - 1));
    await notified.untilMailed(notified.acknowledged.size);
  });

  it("tells of what a restore writes anew, and not of copies that keep versions", async () => {
    await story("restores", async (leader) => {
      const door = notified.cluster.at(leader);
      const file = await door.snapshot("cluster");
      expect((await door.restoreFrom(file, "merge")).total).toBeGreaterThan(WRITES);
      await door.restoreFrom(await door.snapshot("cluster"), "overwrite");
      for (const line of (await door.snapshot("cluster")).split("\n")) {
        const { version } = JSON.parse(line || "{}") as { version?: string };
        if (version !== undefined) notified.acknowledged.add(version);
      }
    });
    expect(stories.get("restores")?.size).toBeGreaterThan(WRITES);
    await notified.untilSettled();
    expect(new Set(notified.hook.told.keys())).toEqual(notified.acknowledged);
    await notified.untilMailed(notified.acknowledged.size);
  });

  it("neither loses a notice nor fails a write while its receivers are away", async () => {
    const before = { mailed: notified.mailed, count: notified.acknowledged.size };
    await story(AWAY, async (leader) => {
      await notified.smtp.stop();
      await notified.hook.stop();
      await notified.write(leader, WRITES);
      expect(notified.acknowledged.size - before.count).toBe(WRITES);
      await notified.cluster.pass(1_500);
      await notified.smtp.start();
      await notified.hook.start();
    });
    await notified.untilMailed(before.mailed + WRITES);
    expect(notified.mailed).toBe(before.mailed + WRITES);
  });

  it("loses nothing when the leader is killed right after an acknowledgement", async () => {
    await story("the leader killed right after acknowledging", async (leader) => {
      await notified.write(leader, WRITES);
      await notified.cluster.kill(leader);
    });
  });

  it("loses nothing when a coordinator is killed right after an acknowledgement", async () => {
    await story("another node killed right after acknowledging", async (leader) => {
      const node = other(leader) as NodeName;
      await notified.write(node, WRITES);
      await notified.cluster.kill(node);
    });
  });

  it("loses nothing when the worker is killed in the middle of a job", async () => {
    await story("the worker killed in the middle of a job", async (leader) => {
      notified.hook.isHolding = true;
      await notified.write(other(leader) as NodeName, WRITES);
      await notified.cluster.waitUntil("a job is running", async () => {
        return notified.hook.held > 0 ? "" : "none";
      });
      await notified.cluster.kill(leader);
      notified.hook.isHolding = false;
    });
  });

  it("loses nothing when the leader's Redis is killed under load, and comes back", async () => {
    await story("the leader's Redis killed and started again", async (leader) => {
      const writing = notified.write(other(leader) as NodeName, WRITES);
      await notified.cluster.kill(redisOf(leader));
      await writing;
      await notified.cluster.start(redisOf(leader));
    });
  });

  it("loses nothing when the leader's disk is lost right after an acknowledgement", async () => {
    await story("the leader's disk lost right after acknowledging", async (leader) => {
      await notified.write(leader, WRITES);
      await Promise.all([notified.cluster.kill(leader), notified.cluster.kill(redisOf(leader))]);
      await notified.cluster.wipe(leader);
    });
  });

  it("tells of one node down in one mail, and not in one for each node", async () => {
    const leader = await notified.leader();
    const node = other(leader) as NodeName;
    const about = () => {
      return notified.smtp.mails.filter(({ text }) => text.includes("An operator should know"));
    };
    // What the tests before have caused is told first.
    let before = -1;
    while (about().length > before) {
      before = about().length;
      await notified.cluster.pass(1_500);
    }
    await notified.cluster.kill(node);
    await notified.cluster.waitUntil("the mail", async () => {
      return about().length > before ? "" : "none yet";
    });
    await notified.cluster.pass(1_500);
    const mails = about().slice(before);
    await notified.cluster.restore();
    expect(mails.map(({ subject }) => subject)).toEqual([`[ringkv] ${node} node-down`]);
  });

  it("has told twice of nothing that was settled before something failed", async () => {
    await notified.leader();
    await notified.untilSettled();
    for (const [what, ids] of stories) {
      print(`${what}: ${ids.size} writes, 0 lost, ${repeatsOf(what)} told twice`);
    }
    const calm = ["nothing fails", "batches", "restores", AWAY];
    expect(calm.map((what) => [what, repeatsOf(what)])).toEqual(calm.map((what) => [what, 0]));
  });
});

describe("thousands of writes at once", () => {
  const COUNT = Number(process.env["NOTIFY_TEST_WRITES"] ?? 2_000);
  const PER_HOUR = 4;

  it("are told of in a handful of mails, and all of them by webhook", async () => {
    const settings = { NOTIFY_DIGEST_MS: "1000", NOTIFY_MAX_PER_HOUR: `${PER_HOUR}` };
    const notified = await NotifiedCluster.open(settings);
    try {
      const began = performance.now();
      const { nodes } = notified.cluster;
      await Promise.all(nodes.map((node) => notified.write(node, Math.ceil(COUNT / 3), 48)));
      const seconds = ((performance.now() - began) / 1_000).toFixed(1);
      await notified.untilTold();
      const { mails } = notified.smtp;
      const writes = mails.filter(({ text }) => text.includes("Coordinated by"));
      const { told } = notified.hook;
      const repeats = notified.hook.repeatsOf(told.keys());
      print(
        `${notified.acknowledged.size} writes in ${seconds} s: ${told.size} told by webhook, ` +
          `${repeats} twice; ${writes.length} mails, of ${notified.mailed}`,
      );
      expect(writes.length).toBeGreaterThan(0);
      expect(writes.length).toBeLessThanOrEqual(PER_HOUR);
    } finally {
      await notified.close();
    }
  });
});
