import request from "supertest";
import { hold, openApi } from "../test-support/fake-node.js";

const json = (body: unknown) => JSON.stringify(body);
const JSON_TYPE = "application/json";

async function openWithTask() {
  const opened = openApi();
  const { body } = await request(opened.app).post("/tasks").send({ title: "Water the plants" });
  return { ...opened, id: String(body.id) };
}

it("keeps a task under task_ and its id, through the ordinary write path", async () => {
  const { app, node } = openApi();
  const answer = await request(app)
    .post("/tasks")
    .send({ title: " Water the plants " })
    .expect(201);
  expect(answer.body).toEqual({
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    title: "Water the plants",
    completed: false,
    created_at: "2024-11-20T10:53:20.000Z",
  });
  expect(node.writes).toMatchObject([{ key: `task_${answer.body.id}`, contentType: JSON_TYPE }]);
});

it("lists the tasks, and nothing else that lies under the prefix", async () => {
  const { app, node, id } = await openWithTask();
  hold(node, { key: "task_odd", value: Buffer.from("no task") });
  hold(node, { key: "task_half", value: Buffer.from('{"id":"1"}') });
  hold(node, { key: "user:1", value: Buffer.from("{}") });
  const { body } = await request(app).get("/tasks").expect(200);
  expect(body.tasks).toMatchObject([{ id, title: "Water the plants" }]);
});

it.each([
  { change: { completed: true }, is: { title: "Water the plants", completed: true } },
  { change: { title: "Water them" }, is: { title: "Water them", completed: false } },
  { change: {}, is: { title: "Water the plants", completed: false } },
])("changes of a task what $change says", async ({ change, is }) => {
  const { app, id } = await openWithTask();
  await request(app).put(`/tasks/${id}`).send(change).expect(200);
  const { body } = await request(app).get("/tasks");
  expect(body.tasks).toMatchObject([{ id, ...is }]);
});

it("deletes a task, and says of a second time that there is none", async () => {
  const { app, id } = await openWithTask();
  await request(app).delete(`/tasks/${id}`).expect(200);
  expect((await request(app).get("/tasks")).body).toEqual({ tasks: [] });
  await request(app).delete(`/tasks/${id}`).expect(404);
  await request(app).put(`/tasks/${id}`).send({ completed: true }).expect(404);
});

it.each([
  { body: json({}), why: "no title" },
  { body: json({ title: "  " }), why: "an empty title" },
  { body: json({ title: 7 }), why: "no text" },
  { body: json({ title: "x".repeat(501) }), why: "too long" },
  { body: json({ title: "x", id: "1" }), why: "a field that is not the client's to say" },
  { body: '{"title":"\\ud800"}', why: "half a character" },
  { body: "[]", why: "no object" },
  { body: "{", why: "no JSON" },
])("refuses $body, and stores nothing: $why", async ({ body }) => {
  const { app, node } = openApi();
  await request(app).post("/tasks").type(JSON_TYPE).send(body).expect(400);
  expect(node.writes).toEqual([]);
});

it("takes JSON only, about which browsers ask before they send it across origins", async () => {
  const { app, node } = openApi();
  await request(app).post("/tasks").type("text/plain").send('{"title":"x"}').expect(415);
  expect(node.writes).toEqual([]);
});

it.each([
  { method: "put" as const, path: "/tasks/../x", status: 404 },
  { method: "put" as const, path: "/tasks/not-a-uuid", status: 400 },
  { method: "delete" as const, path: "/tasks/1", status: 400 },
  { method: "patch" as const, path: "/tasks", status: 405 },
])("answers $method $path with $status", async ({ method, path, status }) => {
  await request(openApi().app)[method](path).type(JSON_TYPE).send("{}").expect(status);
});

it.each([
  { body: Buffer.from('{"title":"\xff"}', "latin1"), why: "no UTF-8, which would be altered" },
  { body: Buffer.from('{"title":"a","title":"b"}'), why: "a field twice, one of which would win" },
  { body: Buffer.from('{"title":"a","__proto__":{}}'), why: "a field that a schema does not see" },
])("stores nothing of a body with $why", async ({ body }) => {
  const { app, node } = openApi();
  await request(app)
    .post("/tasks")
    .type("json")
    .serialize(() => body as unknown as string)
    .send({})
    .expect(400);
  expect(node.writes).toEqual([]);
});
