import { PeerFailure } from "@ringkv/engine";
import request from "supertest";
import { openApi } from "../test-support/fake-node.js";

const ACTIVE = [{ kind: "isolate", peer: null, delayMs: null, secondsLeft: 3 } as const];
const openDrills = () => openApi({}, { activeFaults: () => ACTIVE });

describe("/admin/faults", () => {
  it("is not there unless drills are enabled", async () => {
    const { app, node } = openApi();
    await request(app).get("/admin/faults").expect(404);
    await request(app).post("/admin/faults").send({ kind: "isolate" }).expect(404);
    expect(node.inflicted).toEqual([]);
  });

  it("says what is broken on purpose at the moment", async () => {
    const { body } = await request(openDrills().app).get("/admin/faults").expect(200);
    expect(body).toEqual({ node: "node1", active: ACTIVE });
  });

  it.each([
    {
      body: { kind: "isolate" },
      node: "node1",
      fault: { kind: "isolate", peer: null, delayMs: 0, seconds: 30 },
    },
    {
      body: { kind: "cut", node: "node2", peer: "node3", seconds: 5 },
      node: "node2",
      fault: { kind: "cut", peer: "node3", delayMs: 0, seconds: 5 },
    },
    {
      body: { kind: "delay", delayMs: 200 },
      node: "node1",
      fault: { kind: "delay", peer: null, delayMs: 200, seconds: 30 },
    },
  ])("has a member take part: $body", async ({ body, node: name, fault }) => {
    const { app, node } = openDrills();
    await request(app).post("/admin/faults").send(body).expect(202);
    expect(node.inflicted).toEqual([{ node: name, fault }]);
  });

  it.each([
    { sent: false, outcome: "not-applied" },
    { sent: true, outcome: "unknown" },
  ])("says that a member does not answer, and the outcome: $outcome", async ({ sent, outcome }) => {
    const { app, node, logged } = openDrills();
    const reason = "timed-out";
    node.inquiries.inflict = (to) => Promise.reject(new PeerFailure({ node: to, reason, sent }));
    const body = { kind: "freeze", node: "node2" };
    const answer = await request(app).post("/admin/faults").send(body).expect(503);
    expect(answer.body).toMatchObject({ code: "quorum_unreachable", failed: ["node2"], outcome });
    expect(logged).toEqual([]);
  });

  it.each([
    { body: {}, why: "which fault?" },
    { body: { kind: "explode" }, why: "no such fault" },
    { body: { kind: "cut" }, why: "which link?" },
    { body: { kind: "cut", peer: "node1" }, why: "a link to itself" },
    { body: { kind: "delay" }, why: "how long?" },
    { body: { kind: "delay", delayMs: 60_000 }, why: "too slow" },
    { body: { kind: "freeze", seconds: 3_600 }, why: "too long" },
    { body: { kind: "isolate", node: "node9" }, why: "no member" },
    { body: { kind: "isolate", until: "tomorrow" }, why: "an unknown field" },
  ])("refuses $body: $why", async ({ body }) => {
    const { app, node } = openDrills();
    await request(app).post("/admin/faults").send(body).expect(400);
    expect(node.inflicted).toEqual([]);
  });

  it("takes JSON only: another origin's page cannot send it without asking", async () => {
    const { app, node } = openDrills();
    const sent = request(app).post("/admin/faults").type("text/plain");
    await sent.send('{"kind":"isolate"}').expect(415);
    expect(node.inflicted).toEqual([]);
  });
});

describe("POST /admin/drain", () => {
  it("answers, and then begins to leave", async () => {
    let drained = 0;
    const { app } = openApi({}, { drain: () => drained++ });
    await request(app).post("/admin/drain").send({}).expect(202);
    expect(drained).toBe(1);
  });

  it.each([
    { type: "text/plain", body: "{}", status: 415 },
    { type: "application/json", body: '{"now":true}', status: 400 },
  ])("answers $type $body with $status, and stays", async ({ type, body, status }) => {
    let drained = 0;
    const { app } = openApi({}, { drain: () => drained++ });
    await request(app).post("/admin/drain").type(type).send(body).expect(status);
    expect(drained).toBe(0);
  });
});
