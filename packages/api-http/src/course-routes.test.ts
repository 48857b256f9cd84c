import request from "supertest";
import { openApi } from "../test-support/fake-node.js";

it("stores by POST /set what POST /kv would store", async () => {
  const { app, node } = openApi();
  const answer = await request(app)
    .post("/set")
    .send({ key: "a", value: { n: 1 } })
    .expect(201);
  expect(answer.body).toMatchObject({ key: "a", created: true });
  expect(node.textOf("a")).toBe('{"n":1}');
});

it.each([
  { path: "/jobs", keys: ["a", "b", "c"] },
  { path: "/jobs?limit=2", keys: ["a", "b"] },
  { path: "/jobs?prefix=b", keys: ["b"] },
])("lists pairs with their values by GET $path", async ({ path, keys }) => {
  const { app } = openApi();
  for (const key of ["a", "b", "c"]) await request(app).post("/set").send({ key, value: key });
  const { body } = await request(app).get(path).expect(200);
  expect(body.items).toMatchObject(keys.map((key) => ({ key, value: key })));
});

it("refuses what GET /kv would refuse", async () => {
  await request(openApi().app).get("/jobs?limit=0").expect(400);
  await request(openApi().app).post("/set").send({ key: "" }).expect(400);
  await request(openApi().app).put("/set").expect(405);
});
