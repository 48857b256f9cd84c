import { once } from "node:events";
import { get, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import request from "supertest";
import { openApi } from "../test-support/fake-node.js";
import { historySchema, momentSchema } from "./overview-schemas.js";

describe("GET /cluster", () => {
  it("tells of every member, also of one that does not answer", async () => {
    const { body } = await request(openApi().app).get("/cluster").expect(200);
    expect(body).toMatchObject({ node: "node1", leader: "node2", term: 7, drills: false });
    expect(body.primaries).toHaveLength(1_024);
    expect(body.queues).toEqual({ replication: { waiting: 0 } });
  });

  it("tells that nobody leads", async () => {
    const { app, node } = openApi();
    node.led = { isLeader: false, leader: null, term: 8 };
    const { body } = await request(app).get("/cluster").expect(200);
    expect(body).toMatchObject({ leader: null, term: 8 });
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
      if (/^event: moment\ndata: .*\n\n/m.test(text)) break;
    }
    expect(text).toMatch(/^event: history\ndata: \{"primaries":\[.*"happenings":\[\]\}\n\n/);
    const [history, moment] = [...text.matchAll(/^data: (.*)$/gm)].map(([, data = ""]) => data);
    expect(historySchema.parse(JSON.parse(history ?? ""))).toEqual(JSON.parse(history ?? ""));
    expect(momentSchema.parse(JSON.parse(moment ?? ""))).toEqual(JSON.parse(moment ?? ""));
    expect(text).toContain('"overview":{"node":"node1"');
  });

  it("is counted as a request when it begins, and not again when it ends", async () => {
    const { app, passes } = openApi();
    server = app.listen(0, "127.0.0.1");
    await once(server, "listening");
    const [connection] = await Promise.all([once(server, "connection"), subscribe()]);
    passes(3_600_000);
    const socket = connection[0] as Socket;
    const closed = once(socket, "close");
    socket.destroy();
    await closed;
    const { text } = await request(app).get("/metrics").expect(200);
    const labels = 'route="/events",method="GET",status="200"';
    const name = "ringkv_http_request_duration_seconds";
    expect(text).toContain(`${name}_count{${labels}} 1\n`);
    expect(text).toContain(`${name}_sum{${labels}} 0\n`);
  });

  it("takes so many subscribers and no more", async () => {
    server = openApi().app.listen(0, "127.0.0.1");
    await once(server, "listening");
    const answers = await Promise.all(Array.from({ length: 64 }, subscribe));
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(answers.map(() => 200));
    expect((await subscribe()).statusCode).toBe(429);
  });
});
