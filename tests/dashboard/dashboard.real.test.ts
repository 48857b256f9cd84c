/**
 * The dashboard in a browser, on three real nodes with the settings of production: what an operator
 * sees when a node dies, and what somebody sees who knows nothing of nodes.
 *
 * With RINGKV_IMAGES=update the pictures of the README are written to docs/images.
 */

import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { jest } from "@jest/globals";
import type { Browser } from "playwright-core";
import { type Cluster, startCluster } from "../../scripts/launcher/cluster.mjs";
import { ROOT } from "../../scripts/launcher/programs.mjs";
import { pollUntil } from "../harness/polling.js";
import { Looker, openBrowser, type PageOptions } from "./browser.js";

jest.setTimeout(120_000);

const IMAGE_BYTES_MAX = 200_000;

let cluster: Cluster;
let browser: Browser;
let dataDirectory: string;
let images: string;
const open: Looker[] = [];

beforeAll(async () => {
  dataDirectory = mkdtempSync(path.join(tmpdir(), "ringkv-dashboard-"));
  const isUpdate = process.env["RINGKV_IMAGES"] === "update";
  images = isUpdate ? path.join(ROOT, "docs/images") : path.join(dataDirectory, "images");
  mkdirSync(images, { recursive: true });
  const env = { NODE_ENV: "production", ALLOW_ANONYMOUS: "true", FAULTS: "enabled" };
  [cluster, browser] = await Promise.all([
    startCluster({ dataDirectory, env, quiet: true }),
    openBrowser(),
  ]);
  for (let count = 0; count < 240; count++) await put(count % 3, `user:${count}`, `{"n":${count}}`);
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((looker) => looker.close()));
});
afterAll(async () => {
  await browser?.close();
  await cluster?.stopAll();
  rmSync(dataDirectory, { recursive: true, force: true });
});

const urlOf = (node: number) => cluster.urls[node - 1] ?? "";

async function put(node: number, key: string, value: string, type = "application/json") {
  const headers = { "content-type": type };
  const url = `${urlOf(node + 1)}/kv/${encodeURIComponent(key)}`;
  return fetch(url, { method: "PUT", headers, body: value });
}

async function look(node: number, at = "/", options: PageOptions = {}): Promise<Looker> {
  const looker = await Looker.open(browser, urlOf(node) + at, options);
  open.push(looker);
  return looker;
}

/** Writes a picture that is not too large to be shown. */
async function take({ page }: Looker, name: string): Promise<void> {
  const file = path.join(images, `${name}.png`);
  await page.screenshot({ path: file });
  expect(statSync(file).size).toBeLessThan(IMAGE_BYTES_MAX);
}

async function untilWell(): Promise<void> {
  await pollUntil(
    "all nodes are up and owe nothing",
    async () => {
      const overview = (await (await fetch(`${urlOf(1)}/cluster`)).json()) as Told;
      const bad = overview.members.filter(({ state, status }) => {
        return state !== "up" || status === null || status.foreignRecords > 0;
      });
      return bad.map(({ node, state }) => `${node} ${state}`).join(", ");
    },
    60_000,
  );
}

interface Told {
  readonly members: readonly {
    readonly node: string;
    readonly state: string;
    readonly status: { readonly foreignRecords: number } | null;
  }[];
}

const expectQuiet = ({ errors, origins }: Looker) => {
  expect(errors).toEqual([]);
  expect([...origins].filter((origin) => !cluster.urls.includes(origin))).toEqual([]);
};

it("paints within a second, does not move, and asks nobody but the members", async () => {
  const looker = await look(1);
  await looker.untilLevel("ok", 10_000);
  const { paintMs, shift } = await looker.page.evaluate<{ paintMs: number; shift: number }>(
    `new Promise((resolve) => {
      let shift = 0;
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) if (!entry.hadRecentInput) shift += entry.value;
      }).observe({ type: "layout-shift", buffered: true });
      const [paint] = performance.getEntriesByName("first-contentful-paint");
      setTimeout(() => resolve({ paintMs: paint.startTime, shift }), 100);
    })`,
  );
  expect(paintMs).toBeLessThan(1_000);
  expect(shift).toBeLessThan(0.1);
  expect(await looker.sentence()).toBe("All is well.");
  expectQuiet(looker);
});

describe.each([
  { scheme: "light" as const, width: 1_280 },
  { scheme: "dark" as const, width: 1_280 },
  { scheme: "light" as const, width: 390 },
  { scheme: "dark" as const, width: 390 },
])("in $scheme, $width wide", ({ scheme, width }) => {
  it.each(["/", "/app/keys", "/app/tasks", "/app/drills"])(
    "%s shuts nobody out and does not scroll sideways",
    async (at) => {
      const looker = await look(1, at, { scheme, width });
      await looker.page.locator('.source[data-connected="true"]').waitFor();
      await looker.page.locator(".card").first().waitFor();
      expect(await looker.barriers()).toEqual([]);
      const overflow = "document.documentElement.scrollWidth - innerWidth";
      expect(await looker.page.evaluate(overflow)).toBeLessThanOrEqual(0);
      expectQuiet(looker);
    },
  );
});

it("finds a key on the ring, and is left and entered by keyboard", async () => {
  const looker = await look(1);
  const { page } = looker;
  await looker.untilLevel("ok", 10_000);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter"); // Skip to content.
  await page.keyboard.press("Tab");
  await page.keyboard.type("user:7");
  await page.keyboard.press("Enter");
  await page.getByText("lies in partition").waitFor();
  expect(await page.locator(".walk [data-kind='owner'] path").count()).toBe(2);
  expect(await page.locator(".found").textContent()).toMatch(/node\d owner holds [0-9a-f]{20}/);
  for (let count = 0; count < 240; count++) {
    await put(count % 3, `user:${count}`, `{"n":${count}}`);
    await fetch(`${urlOf((count % 3) + 1)}/kv/user:${count}`);
  }
  await page.evaluate("document.activeElement.blur(), scrollTo(0, 0)");
  await take(looker, "ring-light");
  expectQuiet(looker);
});

it("creates, finds, shows, changes and deletes a key, and runs nothing stored", async () => {
  await put(0, "page:script", "<img src=x onerror=document.title='run'>", "text/html");
  const looker = await look(2, "/app/keys");
  const { page } = looker;
  await page.getByRole("button", { name: "New key" }).click();
  await page.getByLabel("Key", { exact: true }).fill("page:greeting");
  await page.getByRole("textbox", { name: "Value" }).fill('{"hello":"world"}');
  await page.getByLabel("Content type").fill("application/json");
  await page.getByRole("button", { name: "Store" }).click();
  await page.getByText("Created.").waitFor();
  await page.getByLabel("Keys that begin with").fill("page:");
  await page.getByRole("button", { name: "page:script" }).click();
  await page.getByText("<img src=x").waitFor();
  expect(await page.title()).toBe("ringkv");
  await page.getByRole("button", { name: "page:greeting" }).click();
  await page.getByText('"hello": "world"').waitFor();
  await page.getByRole("button", { name: "user:0", exact: true }).waitFor({ state: "detached" });
  await take(looker, "keys");
  await page.getByLabel("hex").check();
  await page.getByText("7b 22 68 65").waitFor();
  await page.getByRole("button", { name: "Edit" }).click();
  await page.getByRole("textbox", { name: "Value" }).fill('{"hello":"moon"}');
  await page.getByLabel("Time to live, seconds").fill("600");
  await page.getByRole("button", { name: "Store" }).click();
  await page.getByText("On the disks of").waitFor();
  await page.getByText("expires").waitFor();
  expect(await (await fetch(`${urlOf(3)}/kv/page:greeting`)).text()).toBe('{"hello":"moon"}');
  await page.getByRole("button", { name: "Delete …" }).click();
  await page.getByRole("button", { name: "Yes, delete it" }).click();
  await page.getByText("Deleted.").waitFor();
  expect((await fetch(`${urlOf(3)}/kv/page:greeting`)).status).toBe(404);
  expectQuiet(looker);
});

it("shows a task within a second on the pages of the other nodes", async () => {
  const [here, there] = await Promise.all([look(1, "/app/tasks"), look(3, "/app/tasks")]);
  for (const title of ["Order a third disk", "Water the plants"]) {
    await here.page.getByLabel("What is to be done?").fill(title);
    await here.page.getByRole("button", { name: "Add" }).click();
    await there.page.getByLabel(`Title of ${title}`).waitFor({ timeout: 1_000 });
  }
  await there.page.getByLabel("Done: Water the plants").check();
  await here.page.locator("li[data-completed='true']").waitFor({ timeout: 1_000 });
  await take(there, "tasks");
  await here.page.getByRole("button", { name: "Delete Order a third disk" }).click();
  await there.page.getByLabel("Title of Order a third disk").waitFor({ state: "detached" });
  expectQuiet(here);
  expectQuiet(there);
});

it("turns red within six seconds of a node's death, and green when it has recovered", async () => {
  const wide = await look(1, "/", { scheme: "dark" });
  await wide.untilLevel("ok", 20_000);
  await cluster.kill("node2");
  await wide.untilLevel("bad", 6_000);
  await wide.page.getByText("node2 is down.").waitFor();
  for (let count = 0; count < 60; count++) await put(0, `user:${count}`, `{"m":${count}}`);
  await wide.page.locator(".debts [data-open='true']").first().waitFor();
  await take(wide, "node-down-dark");
  await cluster.start("node2");
  await wide.untilLevel("ok", 60_000);
  await wide.page.locator(".timeline").getByText("node2 is up").waitFor();
  await wide.page
    .locator(".timeline")
    .getByText(/handed off \d+ record/)
    .first()
    .waitFor();
  expectQuiet(wide);
  await untilWell();
});

it("goes on within five seconds when its own node dies, says so, and returns", async () => {
  const looker = await look(1, "/app/keys", { width: 390, height: 844 });
  const { page } = looker;
  await page.getByRole("button", { name: "user:0", exact: true }).waitFor();
  await page.getByText("as node1 sees it").waitFor();
  await cluster.kill("node1");
  await page.getByText("node1 does not answer. You see what node").waitFor({ timeout: 5_000 });
  await page.getByLabel("Keys that begin with").fill("user:23");
  await page.getByRole("button", { name: "user:239" }).click();
  await page.getByText('"n": 239').waitFor();
  expect(await page.getByRole("button", { name: "New key" }).isDisabled()).toBe(true);
  await looker.go("Ring");
  await looker.untilLevel("bad", 6_000);
  await take(looker, "phone-node-lost");
  await cluster.start("node1");
  await page.getByText("node1 answers again").waitFor({ timeout: 30_000 });
  await looker.untilLevel("ok", 60_000);
  expectQuiet(looker);
  await untilWell();
});

describe("a lesson", () => {
  const begin = async (title: string) => {
    const looker = await look(1, "/app/drills");
    const { page } = looker;
    await page.getByRole("button", { name: title }).click();
    await page.getByRole("button", { name: "Begin" }).click();
    const press = (name: string) => page.getByRole("button", { name, exact: true }).click();
    const seen = (step: number) => {
      const over = page.locator(`.steps > li:nth-child(${step})[data-phase="over"]`);
      return over.waitFor({ timeout: 60_000 });
    };
    return { looker, page, press, seen };
  };

  it("shows that a node may stop", async () => {
    const { looker, page, press, seen } = await begin("A node stops");
    await press("Freeze node2");
    await seen(1);
    await press("Write it");
    await seen(2);
    await take(looker, "drill");
    await seen(3);
    await press("Read it");
    await page.getByText("A write needs two live nodes").waitFor();
    expectQuiet(looker);
  });

  it("shows what a lost disk takes at w=1, and what it does not at w=2", async () => {
    const { looker, page, press, seen } = await begin("One copy, one disk");
    await press("Isolate node1");
    await seen(1);
    await press("Write with w=1");
    await seen(2);
    await press("Wipe node1's disk, end the split");
    await seen(3);
    await press("Read it");
    await seen(4);
    await press("Write with w=2");
    await seen(5);
    await press("Wipe node1's disk");
    await seen(6);
    await press("Read it");
    await page.getByText("W is how many disks you want to be able to lose").waitFor();
    expectQuiet(looker);
  });
});
