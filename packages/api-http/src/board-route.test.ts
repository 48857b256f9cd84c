import type { RequestHandler } from "express";
import request from "supertest";
import { openApi } from "../test-support/fake-node.js";

const board: RequestHandler = (request_, response) => {
  response
    .writeHead(200, { "Content-Type": "text/html" })
    .end(`${request_.method} ${request_.url}`);
};

describe("/queues", () => {
  it("is the board's, under a policy of its own: nothing is asked of anybody else", async () => {
    const { app } = openApi({}, { board });
    const answer = await request(app).get("/queues/static/js/main.js").expect(200);
    expect(answer.text).toBe("GET /static/js/main.js");
    const policy = answer.headers["content-security-policy"] ?? "";
    expect(policy).toContain("default-src 'self'");
    expect(policy).not.toMatch(/https?:/);
    const elsewhere = await request(app).get("/livez");
    expect(elsewhere.headers["content-security-policy"]).toContain("default-src 'none'");
  });

  it.each`
    site             | method   | status | why
    ${undefined}     | ${"put"} | ${200} | ${"no browser"}
    ${"same-origin"} | ${"put"} | ${200} | ${"its own page"}
    ${"cross-site"}  | ${"put"} | ${400} | ${"another site presses a button"}
    ${"same-site"}   | ${"put"} | ${400} | ${"nor may a neighbour"}
    ${"cross-site"}  | ${"get"} | ${200} | ${"a link from elsewhere"}
    ${"none"}        | ${"get"} | ${200} | ${"typed in"}
  `("answers a $method from $site with $status: $why", async ({ site, method, status }) => {
    const { app } = openApi({}, { board });
    const asking = method === "put" ? request(app).put("/queues/api") : request(app).get("/queues");
    if (site !== undefined) asking.set("Sec-Fetch-Site", site);
    await asking.expect(status);
  });

  it("does not exist without a board", async () => {
    const { app } = openApi();
    await request(app).get("/queues").expect(404);
  });
});
