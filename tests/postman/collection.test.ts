/**
 * The collection keeps its own rules: whatever it shows is described, tested and exemplified, its
 * names tell requests apart, and a person who stops nodes by hand is told when.
 */

import { readFileSync } from "node:fs";
import {
  COLLECTION_FILE,
  type Item,
  readCollection,
  readEnvironment,
  sectionsOf,
  withoutDrills,
  withoutMails,
} from "../../scripts/postman/collection.mjs";
import { numberOf, PLANNED, stepBefore } from "../../scripts/postman/plan.mjs";

const collection = readCollection();
const sections = sectionsOf(collection);
const requests = sections.flatMap((section) => section.requests);
const folders = foldersIn(collection.item);

function foldersIn(items: readonly Item[]): Item[] {
  return items.flatMap((it) => (it.item === undefined ? [] : [it, ...foldersIn(it.item)]));
}

function scriptOf(request: Item, listen: string): string {
  const events = request.event?.filter((event) => event.listen === listen) ?? [];
  return events.flatMap(({ script }) => script.exec).join("\n");
}

const titled = requests.map((request) => ({ title: request.name, request }));

describe.each(titled)("$title", ({ request }) => {
  it("says what it shows, tests it, and has an answer to show", () => {
    expect(request.request?.description).toMatch(/\.$/);
    expect(scriptOf(request, "test")).toMatch(/\bpm\.test\(/);
    expect(request.response?.length).toBeGreaterThan(0);
  });

  it("sends what its address says", () => {
    const { raw, host = [], path = [], query } = request.request?.url ?? { raw: "nothing" };
    const parameters = query?.map(({ key, value }) => (value === null ? key : `${key}=${value}`));
    const end = parameters === undefined ? "" : `?${parameters.join("&")}`;
    expect(`${host.join(".")}/${path.join("/")}${end}`).toBe(raw);
  });

  it("uses variables that the collection declares", () => {
    const declared = new Set([...collection.variable.map(({ key }) => key), ...ownVariables()]);
    const used = JSON.stringify(request.request).matchAll(/\{\{(\w+)\}\}/g);
    const scripts = `${scriptOf(request, "prerequest")}\n${scriptOf(request, "test")}`;
    const named = scripts.matchAll(/pm\.collectionVariables\.(?:get|set)\(\s*"(\w+)"/g);
    const names = [...used, ...named].map(([, name = ""]) => name);
    expect(names.filter((name) => !declared.has(name))).toEqual([]);

    function ownVariables(): string[] {
      const set = scriptOf(request, "prerequest").matchAll(/pm\.variables\.set\("(\w+)"/g);
      return [...set].map(([, name = ""]) => name);
    }
  });
});

it("gives every request and every folder a name of its own", () => {
  const names = [...folders, ...requests].map(({ name }) => name);
  expect(names.filter((name, index) => names.indexOf(name) < index)).toEqual([]);
});

it("describes every folder", () => {
  expect(folders.filter(({ description = "" }) => description === "")).toEqual([]);
});

it("has the sections of the plan, and no others stop or start anything", () => {
  const numbers = sections.map(({ name }) => numberOf(name));
  expect(numbers).toEqual(expect.arrayContaining(PLANNED));
  expect(new Set(numbers).size).toBe(numbers.length);
});

it.each(sections.filter(({ name }) => stepBefore(name) !== null))(
  "$name tells people to do what the runner does",
  ({ name }) => {
    const { action, node } = stepBefore(name) ?? {};
    const { description } = folders.find((folder) => folder.name === name) ?? {};
    const first = description?.split(". ", 1)[0]?.toLowerCase() ?? "";
    expect(first).toContain(`${action} ${node} first`);
    expect(first).toContain(`docker-compose ${action} ${node}`);
  },
);

it("leaves drills out, whole, where nothing may be stopped, and mails without a mailbox", () => {
  const numbersIn = (left: typeof sections) => left.map(({ name }) => numberOf(name));
  const left = ["1a", "1b", "2", "4", "5a", "5b", "6", "7", "9"];
  expect(numbersIn(withoutDrills(sections))).toEqual(left);
  expect(numbersIn(withoutMails(withoutDrills(sections)))).toEqual(left.slice(0, -1));
});

it("sends a token, where there is one, to the nodes and to nobody else", () => {
  const { auth } = collection as { readonly auth?: unknown };
  expect(auth).toMatchObject({ type: "bearer", bearer: [{ value: "{{token}}" }] });
  expect(collection.variable).toContainEqual({ key: "token", value: "" });
  expect(readEnvironment()).toContainEqual({ key: "token", value: "" });
  const elsewhere = requests.filter(
    ({ request }) => !/^\{\{(node|standIn|replica)/.test(request?.url.raw ?? ""),
  );
  for (const { request } of elsewhere) expect(request).toMatchObject({ auth: { type: "noauth" } });
});

it("asks the same nodes as its environment, by default those of npm start", () => {
  const nodes = collection.variable.filter(({ key }) => /^node\d$/.test(key));
  const addresses = readEnvironment().filter(({ key }) => key !== "token");
  expect(addresses).toEqual(nodes);
  expect(nodes.map(({ value }) => value)).toEqual(
    [8001, 8002, 8003].map((port) => `http://127.0.0.1:${port}`),
  );
});

it("keeps no answers in its variables: what a run learns is not the file's", () => {
  const others = collection.variable.filter(({ key }) => !/^node\d$/.test(key));
  expect(others.filter(({ value }) => !["", "0"].includes(value))).toEqual([]);
});

it("can be read in a diff", () => {
  const lines = readFileSync(COLLECTION_FILE, "utf8").split("\n");
  const scripts = collection.event.concat(requests.flatMap(({ event = [] }) => event));
  const long = scripts.flatMap(({ script }) => script.exec).filter((line) => line.length > 100);
  expect(long).toEqual([]);
  expect(lines.length).toBeGreaterThan(requests.length * 10);
});
