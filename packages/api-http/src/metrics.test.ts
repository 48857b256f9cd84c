/** What a scraper gets, also when something is away. */

import { type NodeId, type Partition, StoreUnavailable } from "@ringkv/core";
import { Counters, type NodeStatus } from "@ringkv/engine";
import request from "supertest";
import { openApi } from "../test-support/fake-node.js";

/** The samples of our own metrics, by what stands before the value. */
async function scrape(app: ReturnType<typeof openApi>["app"]): Promise<Map<string, number>> {
  const { text } = await request(app).get("/metrics").expect(200);
  const samples = text.split("\n").filter((line) => /^ringkv_(?!.*_duration_)/.test(line));
  return new Map(
    samples.map((line) => {
      const end = line.lastIndexOf(" ");
      return [line.slice(0, end), Number(line.slice(end + 1))];
    }),
  );
}

function statusWith(change: Partial<NodeStatus>, base: NodeStatus): () => Promise<NodeStatus> {
  return async () => ({ ...base, ...change });
}

const MEMBERS = (["up", "up", "down"] as const).map((state, index) => ({
  node: `node${index + 1}` as NodeId,
  state,
  heardAgoMs: index === 0 ? 0 : index * 500,
  incarnation: 3,
}));

async function openBusy(change: Partial<NodeStatus> = {}) {
  const opened = openApi();
  const { node, queue } = opened;
  const counters = new Counters();
  counters.add("recordsDamaged", 2);
  counters.add("digestsRebuilt", 3);
  counters.add("recordsPulled", 4);
  counters.add("recordsPushed", 5);
  counters.add("recordsHandedOff", 6);
  counters.add("recordsHandedOff", 1);
  counters.add("recordsPurged", 9);
  counters.add("writesReached", 10);
  counters.add("writesUnreachable", 11);
  counters.add("writesUnknown", 12);
  counters.add("writesRestamped", 13);
  counters.add("readsReached", 14);
  counters.add("readsUnreachable", 15);
  counters.add("standInsUsed", 16);
  counters.add("heartbeatsSent", 17);
  counters.add("heartbeatsMissed", 18);
  counters.add("leaderChanges");
  counters.add("snapshotsTaken", 20);
  counters.add("snapshotsFailed", 21);
  counters.add("snapshotRecords", 22);
  counters.add("restoresDone", 23);
  counters.add("restoresFailed", 24);
  counters.add("recordsRestored", 25);
  await counters.job("repair", async () => {});
  await counters.job("scrub", () => Promise.reject(new Error("x"))).catch(() => {});
  const idle = await node.status();
  node.status = statusWith(
    {
      state: "recovering",
      recovery: { ...idle.recovery, isOver: false, partitionsLeft: 12, recordsLeft: 13 },
      owed: { node3: 4 },
      members: MEMBERS,
      records: 11,
      partitions: { owned: 7, foreign: 2, differing: 1 },
      foreignRecords: 3,
      counters: counters.values,
      ...change,
    },
    idle,
  );
  queue.counts = async () => ({ waiting: 8, failed: 0 });
  return opened;
}

const WITHOUT_STORE = {
  ringkv_store_up: 0,
  'ringkv_members{state="up"}': 2,
  'ringkv_members{state="suspect"}': 0,
  'ringkv_members{state="down"}': 1,
  'ringkv_members{state="recovering"}': 0,
  ringkv_is_leader: 0,
  ringkv_term: 7,
  ringkv_partitions_differing: 1,
  ringkv_recovering: 1,
  ringkv_recovery_partitions_left: 12,
  ringkv_recovery_records_left: 13,
  'ringkv_owed_partitions{member="node2"}': 0,
  'ringkv_owed_partitions{member="node3"}': 4,
  ringkv_records_damaged_total: 2,
  ringkv_digests_rebuilt_total: 3,
  'ringkv_repaired_records_total{direction="pulled"}': 4,
  'ringkv_repaired_records_total{direction="pushed"}': 5,
  ringkv_handed_off_records_total: 7,
  ringkv_records_purged_total: 9,
  'ringkv_writes_total{outcome="reached"}': 10,
  'ringkv_writes_total{outcome="unreachable"}': 11,
  'ringkv_writes_total{outcome="unknown"}': 12,
  ringkv_writes_restamped_total: 13,
  'ringkv_reads_total{outcome="reached"}': 14,
  'ringkv_reads_total{outcome="unreachable"}': 15,
  ringkv_stand_ins_used_total: 16,
  ringkv_heartbeats_sent_total: 17,
  ringkv_heartbeats_missed_total: 18,
  ringkv_leader_changes_total: 1,
  'ringkv_snapshots_total{outcome="taken"}': 20,
  'ringkv_snapshots_total{outcome="failed"}': 21,
  ringkv_snapshot_records_total: 22,
  'ringkv_restores_total{outcome="done"}': 23,
  'ringkv_restores_total{outcome="failed"}': 24,
  ringkv_restored_records_total: 25,
  'ringkv_jobs_total{kind="handoff",outcome="done"}': 0,
  'ringkv_jobs_total{kind="repair",outcome="done"}': 1,
  'ringkv_jobs_total{kind="anti-entropy",outcome="done"}': 0,
  'ringkv_jobs_total{kind="purge",outcome="done"}': 0,
  'ringkv_jobs_total{kind="scrub",outcome="done"}': 0,
  'ringkv_jobs_total{kind="handoff",outcome="failed"}': 0,
  'ringkv_jobs_total{kind="repair",outcome="failed"}': 0,
  'ringkv_jobs_total{kind="anti-entropy",outcome="failed"}': 0,
  'ringkv_jobs_total{kind="purge",outcome="failed"}': 0,
  'ringkv_jobs_total{kind="scrub",outcome="failed"}': 1,
  'ringkv_member_heard_ago_seconds{member="node2"}': 0.5,
  'ringkv_member_heard_ago_seconds{member="node3"}': 1,
  ringkv_http_requests_in_flight: 0,
};
const OF_STORE = { ringkv_records: 11, ringkv_foreign_records: 3, ringkv_foreign_partitions: 2 };
const OF_QUEUE = {
  'ringkv_queue_jobs{queue="replication",state="waiting"}': 8,
  'ringkv_queue_jobs{queue="replication",state="failed"}': 0,
};

describe("GET /metrics", () => {
  it("tells the numbers of the status, each with its type and meaning", async () => {
    const { app } = await openBusy();
    const expected = { ...WITHOUT_STORE, ...OF_STORE, ...OF_QUEUE, ringkv_store_up: 1 };
    expect(Object.fromEntries(await scrape(app))).toEqual(expected);
    const { text, headers } = await request(app).get("/metrics");
    expect(headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
    const names = new Set(Object.keys(expected).map((sample) => sample.split("{")[0]));
    for (const name of names) {
      expect(text).toMatch(new RegExp(`^# HELP ${name} \\w.*$`, "m"));
      const type = name?.endsWith("_total") ? "counter" : "gauge";
      expect(text).toContain(`# TYPE ${name} ${type}\n`);
    }
    expect(text).toMatch(/^process_cpu_seconds_total /m);
    expect(text).toMatch(/^nodejs_eventloop_lag_seconds /m);
  });

  it("leaves out what only the store knows while it is away", async () => {
    const { app } = await openBusy({ storeAnswers: false });
    expect(Object.fromEntries(await scrape(app))).toEqual({ ...WITHOUT_STORE, ...OF_QUEUE });
  });

  it("leaves out the jobs of a queue that is away", async () => {
    const { app, queue } = await openBusy({ storeAnswers: false });
    queue.counts = () => Promise.reject(new StoreUnavailable("away"));
    expect(Object.fromEntries(await scrape(app))).toEqual(WITHOUT_STORE);
  });

  it("says that nothing is to be recovered once nothing is", async () => {
    const samples = await scrape(openApi().app);
    const names = ["ringkv_recovering", "ringkv_recovery_partitions_left"];
    expect(names.map((name) => samples.get(name))).toEqual([0, 0]);
  });

  it("says who leads", async () => {
    const { app, node } = openApi();
    node.led = { isLeader: true, leader: "node1" as NodeId, term: 8 };
    const samples = await scrape(app);
    expect([samples.get("ringkv_is_leader"), samples.get("ringkv_term")]).toEqual([1, 8]);
  });

  it("keeps the numbers of two nodes in one process apart, scrape after scrape", async () => {
    const [one, other] = [await openBusy({ records: 1 }), await openBusy({ records: 2 })];
    for (let scrapes = 0; scrapes < 2; scrapes++) {
      expect((await scrape(one.app)).get("ringkv_records")).toBe(1);
      expect((await scrape(other.app)).get("ringkv_records")).toBe(2);
    }
    expect((await scrape(one.app)).get("ringkv_records_damaged_total")).toBe(2);
  });

  it("is answered however busy the node is", async () => {
    await request(openApi({ inFlightMax: 0 }).app)
      .get("/metrics")
      .expect(200);
  });

  it("takes no parameters and no other methods", async () => {
    const { app } = openApi();
    await request(app).get("/metrics?a=b").expect(400);
    await request(app).post("/metrics").expect(405);
    expect((await request(app).head("/metrics").expect(200)).text).toBeUndefined();
  });
});

it("GET /verify and /status tell of damage too", async () => {
  const { app } = await openBusy();
  expect((await request(app).get("/status")).body.counters).toMatchObject({ recordsDamaged: 2 });
  const damaged = [{ node: "node2", partition: 7 as Partition, records: 2 }];
  expect((await request(app).get("/verify")).body.damaged).toEqual(damaged);
});
