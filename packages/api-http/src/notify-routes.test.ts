import request from "supertest";
import { openApi } from "../test-support/fake-node.js";

const RESULT = { receiver: "mail", delivered: true, answer: "250 ok" };

describe("POST /admin/notify/test", () => {
  it.each([
    { results: [RESULT], delivered: true, why: "all have taken it" },
    {
      results: [RESULT, { receiver: "webhook1", delivered: false, answer: "ECONNREFUSED" }],
      delivered: false,
      why: "one has not",
    },
  ])("says what each receiver answered, and in all: $delivered, $why", async (row) => {
    const { app, node } = openApi();
    node.notices = { test: async () => row.results };
    const answer = await request(app).post("/admin/notify/test").expect(200);
    expect(answer.body).toEqual({ delivered: row.delivered, results: row.results });
  });

  it("is refused where notifications are off", async () => {
    const { app } = openApi();
    const answer = await request(app).post("/admin/notify/test").expect(501);
    expect(answer.body).toMatchObject({ code: "not_supported", detail: "notifications are off" });
  });

  it("sends one at a time, and not at every turn", async () => {
    const { app, node } = openApi();
    let sent = 0;
    node.notices = {
      test: async () => {
        sent++;
        return [RESULT];
      },
    };
    const all = [1, 2, 3].map(() => request(app).post("/admin/notify/test"));
    const statuses = (await Promise.all(all)).map(({ status }) => status);
    expect(statuses.toSorted((a, b) => a - b)).toEqual([200, 429, 429]);
    await request(app).post("/admin/notify/test").expect(429);
    expect(sent).toBe(1);
  });

  it("refuses parameters and other methods", async () => {
    const { app } = openApi();
    await request(app).post("/admin/notify/test?to=me").expect(400);
    const answer = await request(app).get("/admin/notify/test").expect(405);
    expect(answer.headers["allow"]).toBe("POST, OPTIONS");
    await request(app).options("/admin/notify/test").expect(204);
  });
});

describe("the metrics of notifications", () => {
  it("are left out where they are off", async () => {
    const { app } = openApi();
    expect((await request(app).get("/metrics")).text).not.toContain("ringkv_outbox");
  });

  it("are those of the status, by channel", async () => {
    const { app, node } = openApi();
    const view = { waiting: 1, isSending: true, delivered: 2, givenUp: 3, dropped: 4, messages: 5 };
    const channels = { "mail-writes": view };
    node.notifications = { outbox: { waiting: 6, dropped: 7 }, channels };
    const { text } = await request(app).get("/metrics");
    for (const line of [
      "ringkv_outbox_notices 6",
      "ringkv_outbox_dropped_total 7",
      'ringkv_notices_waiting{channel="mail-writes"} 1',
      'ringkv_notices_total{channel="mail-writes",outcome="delivered"} 2',
      'ringkv_notices_total{channel="mail-writes",outcome="given-up"} 3',
      'ringkv_notices_total{channel="mail-writes",outcome="dropped"} 4',
      'ringkv_notifications_sent_total{channel="mail-writes"} 5',
    ]) {
      expect(text).toContain(line);
    }
    node.notifications = { outbox: null, channels };
    expect((await request(app).get("/metrics")).text).not.toContain("ringkv_outbox");
  });
});
