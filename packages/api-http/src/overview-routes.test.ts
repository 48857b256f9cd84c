import { once } from "node:events";
import { get, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import request from "supertest";
import { openApi } from "../test-support/fake-node.js";

describe("GET /cluster", () => {
  it("tells of every member, also of one that does not answer", async () => {
    const { body } = await request(openApi().app).get("/cluster").expect(200);
    expect(body).toMatchObject({ node: "node1", leader: "node2", term: 7, drills: false });
    expect(body.primaries).toHaveLength(1_024);
    expect(body.queues).toEqual({ replication: { waiting: 0 } });
  });

  it("refuses parameters that it does not know", async () => {
    await request(openApi().app).get("/cluster?all=1").expect(400);
  });

  it("is read only", async () => {
    await request(openApi().app).post("/cluster").expect(405);
  });
});

describe("GET /events", () => {
  let server: Server;
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  async function subscribe(): Promise<IncomingMessage> {
    const { port } = server.address() as AddressInfo;
    const [answer] = (await once(get({ port, path: "/events" }), "response")) as [IncomingMessage];
    return answer;
  }

  it("begins with a history, and goes on with the moment", async () => {
    server = openApi().app.listen(0, "127.0.0.1");
    await once(server, "listening");
    const answer = await subscribe();
    expect(answer.headers["content-type"]).toContain("text/event-stream");
    let text = "";
    for await (const chunk of answer) {
      text += String(chunk);
      if (text.includes("event: moment\n")) break;
    }
    expect(text).toMatch(/^event: history\ndata: \{"primaries":\[.*"happenings":\[\]\}\n\n/);
    expect(text).toContain('"overview":{"node":"node1"');
  });

  it("takes so many subscribers and no more", async () => {
    server = openApi().app.listen(0, "127.0.0.1");
    await once(server, "listening");
    const answers = await Promise.all(Array.from({ length: 64 }, subscribe));
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(answers.map(() => 200));
    expect((await subscribe()).statusCode).toBe(429);
  });
});
