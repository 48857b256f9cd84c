import request from "supertest";
import { openApi } from "../test-support/fake-node.js";

describe("POST /restore", () => {
  it("begins a recovery from the other nodes, and says how much there is to do", async () => {
    const { app, node } = openApi();
    const answer = await request(app).post("/restore").expect(202);
    expect(answer.body).toEqual({
      node: "node1",
      recovery: {
        isOver: false,
        partitionsLeft: 683,
        recordsLeft: 0,
        recordsCopied: 0,
        bytesCopied: 0,
        secondsLeft: null,
        notCompared: ["node2"],
      },
    });
    expect(node.recoveries).toBe(1);
  });

  it.each([
    { body: "{}", why: "a length" },
    { body: Buffer.alloc(1), why: "a byte" },
  ])("refuses a body ($why) and begins nothing", async ({ body }) => {
    const { app, node } = openApi();
    const answer = await request(app)
      .post("/restore")
      .set("content-type", "application/json")
      .send(body)
      .expect(501);
    expect(answer.body).toMatchObject({ code: "not_supported", outcome: "not-applied" });
    expect(node.recoveries).toBe(0);
  });

  it("refuses parameters that it does not know, and other methods", async () => {
    const { app, node } = openApi();
    await request(app).post("/restore?mode=overwrite").expect(400);
    const answer = await request(app).get("/restore").expect(405);
    expect(answer.headers["allow"]).toBe("POST, OPTIONS");
    expect(node.recoveries).toBe(0);
  });
});
