/** The runner sees what is wrong with a collection, also what newman alone would call a success. */

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Collection, Item } from "../../scripts/postman/collection.mjs";
import { sectionsOf } from "../../scripts/postman/collection.mjs";
import { CollectionRun } from "../../scripts/postman/collection-run.mjs";
import { isClean, reportOf } from "../../scripts/postman/report.mjs";

let server: Server;
let node1: string;
beforeAll(async () => {
  server = createServer((request, response) => {
    response.end(JSON.stringify({ path: request.url }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  node1 = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

/** A request with these lines as its test. */
function request(name: string, exec: string[], host = "{{node1}}"): Item {
  const url = { raw: `${host}/{{learned}}`, host: [host], path: ["{{learned}}"] };
  return { name, request: { method: "GET", url }, event: [{ listen: "test", script: { exec } }] };
}

function collectionOf(...folders: Item[]): Collection {
  const schema = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json";
  const info = { name: "test", schema };
  const variable = [{ key: "learned", value: "first" }];
  return { info, item: folders, variable, event: [] };
}

async function play(...folders: Item[]) {
  const collection = collectionOf(...folders);
  const run = new CollectionRun(collection, [{ key: "node1", value: node1 }]);
  const results = [];
  for (const section of sectionsOf(collection)) results.push(await run.play(section));
  return results;
}

const PASSES = 'pm.test("passes", () => pm.response.to.have.status(200));';
const FAILS = 'pm.test("fails", () => pm.expect(1).to.equal(2));';

it("counts what was tested", async () => {
  const results = await play({ name: "A", item: [request("one", [PASSES, PASSES])] });
  const one = { name: "one", assertions: 2, failures: [] };
  expect(results).toMatchObject([{ section: "A", requests: [one] }]);
  expect(isClean(results)).toBe(true);
});

it.each([
  { why: "an assertion", exec: [PASSES, FAILS], failure: /^"fails": expected 1 to equal 2$/ },
  { why: "a script that breaks", exec: [PASSES, "nothing.here;"], failure: /^ReferenceError/ },
  { why: "a request without tests", exec: ["1;"], failure: /^tested nothing$/ },
])("sees $why fail", async ({ exec, failure }) => {
  const results = await play({ name: "A", item: [request("one", exec)] });
  expect(results[0]?.requests[0]?.failures).toEqual([expect.stringMatching(failure)]);
  expect(isClean(results)).toBe(false);
});

it("sees a node that does not answer, and a request that was never sent", async () => {
  const skips = [PASSES, "pm.execution.setNextRequest(null);"];
  const item = [request("one", skips), request("two", [PASSES])];
  const away = request("three", [PASSES], "http://127.0.0.1:1");
  const results = await play({ name: "A", item }, { name: "B", item: [away] });
  expect(results[0]?.requests[1]?.failures).toEqual(["was never sent"]);
  expect(results[1]?.requests[0]?.failures[0]).toMatch(/ECONNREFUSED/);
});

it("repeats a request that says so, and judges its last answer", async () => {
  const repeats = [
    'const asked = Number(pm.collectionVariables.get("asked")) + 1;',
    'pm.collectionVariables.set("asked", asked);',
    "if (asked < 3) pm.execution.setNextRequest(pm.info.requestName);",
    `else { ${PASSES} }`,
  ];
  const collection = collectionOf({ name: "A", item: [request("one", repeats)] });
  const variable = [...collection.variable, { key: "asked", value: "0" }];
  const run = new CollectionRun({ ...collection, variable }, [{ key: "node1", value: node1 }]);
  const [section] = sectionsOf(collection);
  if (section === undefined) throw new Error("no section");
  expect(await run.play(section)).toMatchObject({ requests: [{ assertions: 1, failures: [] }] });
});

it("tells a section what the sections before it have learned", async () => {
  const learns = [PASSES, 'pm.collectionVariables.set("learned", "second");'];
  const knows = ['pm.test("knows", () => pm.expect(pm.response.json().path).to.equal("/second"));'];
  const results = await play(
    { name: "A", item: [request("one", learns)] },
    { name: "B", item: [{ name: "C", item: [request("two", knows)] }] },
  );
  expect(results.map(({ section }) => section)).toEqual(["A", "C"]);
  expect(results[1]?.requests[0]?.failures).toEqual([]);
});

it("says the sums, and what failed where", async () => {
  const folder = { name: "1 Both", item: [request("good", [PASSES]), request("bad", [FAILS])] };
  expect(reportOf(await play(folder)).split("\n")).toEqual([
    "section  requests  assertions  failures",
    "1 Both          2           2         1",
    "all             2           2         1",
    "",
    "bad",
    '  "fails": expected 1 to equal 2',
  ]);
});

it("takes no sections for no success", () => {
  expect(isClean([])).toBe(false);
});
