import { createServer } from "node:http";
import request from "supertest";
import { letMembersRead, mayRead, originsOf } from "./member-origins.js";

const ORIGINS = originsOf(["http://127.0.0.1:8001", "https://kv.example/", "http://node3"]);

it("knows members by their origins, and this machine by both of its names", () => {
  expect([...ORIGINS].toSorted()).toEqual([
    "http://127.0.0.1:8001",
    "http://localhost:8001",
    "http://node3",
    "https://kv.example",
  ]);
});

it.each`
  origin                            | method       | url                        | may      | why
  ${"http://127.0.0.1:8001"}        | ${"GET"}     | ${"/events"}               | ${true}  | ${"a member's page"}
  ${"http://localhost:8001"}        | ${"GET"}     | ${"/cluster"}              | ${true}  | ${"the same, by its other name"}
  ${"https://kv.example"}           | ${"HEAD"}    | ${"/kv/a%2Fb?r=2"}         | ${true}  | ${"a value"}
  ${"http://127.0.0.1:8001"}        | ${"GET"}     | ${"/kv?prefix=a"}          | ${true}  | ${"keys"}
  ${"http://127.0.0.1:8001"}        | ${"GET"}     | ${"/cluster/locate?key=a"} | ${true}  | ${"where a key is"}
  ${"http://127.0.0.1:8001"}        | ${"PUT"}     | ${"/kv/a"}                 | ${false} | ${"writes stay at home"}
  ${"http://127.0.0.1:8001"}        | ${"DELETE"}  | ${"/tasks/1"}              | ${false} | ${"writes stay at home"}
  ${"http://127.0.0.1:8001"}        | ${"OPTIONS"} | ${"/kv/a"}                 | ${false} | ${"no preflight is answered"}
  ${"http://127.0.0.1:8001"}        | ${"GET"}     | ${"/admin/faults"}         | ${false} | ${"not the dashboard's to read"}
  ${"http://127.0.0.1:8001"}        | ${"GET"}     | ${"/metrics"}              | ${false} | ${"not the dashboard's to read"}
  ${"http://127.0.0.1:8001"}        | ${"GET"}     | ${"/clusters"}             | ${false} | ${"another path"}
  ${"http://127.0.0.1:80011"}       | ${"GET"}     | ${"/events"}               | ${false} | ${"another port"}
  ${"http://127.0.0.1:8001.evil.x"} | ${"GET"}     | ${"/events"}               | ${false} | ${"another host"}
  ${"http://evil.example"}          | ${"GET"}     | ${"/kv/a"}                 | ${false} | ${"a stranger"}
  ${"null"}                         | ${"GET"}     | ${"/kv/a"}                 | ${false} | ${"a sandboxed page"}
`("$origin may read by $method $url: $may, $why", ({ origin, method, url, may }) => {
  expect(mayRead(origin, { method, url }, ORIGINS)).toBe(may);
});

it("says so to a member's page beside whatever else is answered, and to nobody else", async () => {
  const server = createServer((_request, response) => {
    response.writeHead(404, ["Content-Type", "text/plain"]).end();
  });
  letMembersRead(server, ORIGINS);
  const asked = (origin: string) => request(server).get("/kv/a").set("Origin", origin);
  const { headers } = await asked("http://127.0.0.1:8001").expect(404);
  expect(headers).toMatchObject({
    "access-control-allow-origin": "http://127.0.0.1:8001",
    "content-type": "text/plain",
    vary: "Origin",
  });
  const stranger = await asked("http://evil.example");
  expect(stranger.headers).not.toHaveProperty("access-control-allow-origin");
  const program = await request(server).get("/kv/a");
  expect(program.headers).not.toHaveProperty("vary");
});
