/**
 * Every acknowledged write is told, whatever is killed on the way; how often one was told twice is
 * printed, for that is the price.
 */

import { jest } from "@jest/globals";
import { type NodeName, redisOf } from "../harness/cluster.js";
import { NotifiedCluster } from "./notified-cluster.js";

jest.setTimeout(180_000);

const WRITES = 120;

function print(what: string): void {
  process.stdout.write(`notifications: ${what}\n`);
}

describe("with real processes, a real mail server and a real receiver", () => {
  let notified: NotifiedCluster;
  beforeAll(async () => {
    const settings = { NOTIFY_DIGEST_MS: "1000", NOTIFY_MAX_PER_HOUR: "3600" };
    notified = await NotifiedCluster.open(settings);
  });
  afterAll(() => notified?.close());

  const other = (leader: NodeName) => notified.cluster.nodes.find((node) => node !== leader);

  /**
   * What happens around some writes; then everything must have been told. A leader that was killed
   * still has a message in its queue, and tells it once more when it is back, one story later.
   */
  async function story(what: string, happen: (leader: NodeName) => Promise<void>): Promise<number> {
    const leader = await notified.leader();
    const before = { repeats: notified.hook.repeats, count: notified.acknowledged.size };
    await happen(leader);
    await notified.untilTold();
    const repeats = notified.hook.repeats - before.repeats;
    const count = notified.acknowledged.size - before.count;
    print(`${what}: ${count} writes acknowledged, 0 lost, ${repeats} told twice`);
    await notified.cluster.restore();
    return repeats;
  }

  it("tells of each write once, by mail and by webhook, signed", async () => {
    const repeats = await story("nothing fails", async (leader) => {
      for (const node of notified.cluster.nodes) await notified.write(node, WRITES / 4);
      await notified.write(leader, WRITES / 4);
    });
    expect(repeats).toBe(0);
    expect(notified.hook.forged).toBe(0);
    await notified.untilMailed(WRITES);
    expect(notified.mailed).toBe(WRITES);
    expect(notified.smtp.mails.every(({ isEncrypted, user }) => isEncrypted && user)).toBe(true);
  });

  it("neither loses a notice nor fails a write while its receivers are away", async () => {
    const before = { mailed: notified.mailed, count: notified.acknowledged.size };
    const repeats = await story("mail server and receiver away for a while", async (leader) => {
      await notified.smtp.stop();
      await notified.hook.stop();
      await notified.write(leader, WRITES);
      expect(notified.acknowledged.size - before.count).toBe(WRITES);
      await notified.cluster.pass(2_000);
      await notified.smtp.start();
      await notified.hook.start();
    });
    expect(repeats).toBe(0);
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
    await notified.cluster.pass(1_500); // What the tests before have caused is told by then.
    const about = () => {
      return notified.smtp.mails.filter(({ text }) => text.includes("An operator should know"));
    };
    const before = about().length;
    await notified.cluster.kill(node);
    await notified.cluster.waitUntil("the mail", async () => {
      return about().length > before ? "" : "none yet";
    });
    await notified.cluster.pass(3_000);
    const mails = about().slice(before);
    expect(mails.map(({ subject }) => subject)).toEqual([`[ringkv] ${node} node-down`]);
    await notified.cluster.restore();
  });
});

describe("ten thousand writes", () => {
  const COUNT = 10_000;
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
      const { told, repeats } = notified.hook;
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
