/** The dashboard where tokens are set: it asks for one, keeps it to itself, and goes on with it. */

import { jest } from "@jest/globals";
import { digestOf, newToken } from "@ringkv/access";
import type { Browser } from "playwright-core";
import { Looker, openBrowser } from "../dashboard/browser.js";
import { type LocalProcesses, openLocalProcesses } from "../harness/local-processes.js";

jest.setTimeout(120_000);

const TOKEN = newToken();
const TOO_SMALL = newToken();

let cluster: LocalProcesses;
let browser: Browser;
let looker: Looker;

beforeAll(async () => {
  const API_TOKENS = [
    `root:${digestOf(TOKEN).toString("hex")}:admin`,
    `writer:${digestOf(TOO_SMALL).toString("hex")}:write`,
  ].join(";");
  const settings = { API_TOKENS, CLUSTER_SECRET: "a-secret-of-this-test-alone" };
  [cluster, browser] = await Promise.all([openLocalProcesses(settings), openBrowser()]);
  looker = await Looker.open(browser, cluster.url("node1"));
});

afterAll(async () => {
  await browser?.close();
  await cluster?.close();
});

async function enter(token: string): Promise<void> {
  await looker.page.getByLabel("Token").fill(token);
  await looker.page.getByRole("button", { name: "Enter" }).click();
}

it("asks, says that a token is not enough, and shows the ring with one that is", async () => {
  const { page } = looker;
  await page.getByLabel("Token").waitFor();
  expect(await looker.sentence()).toBe("This cluster wants a token.");
  expect(await looker.barriers()).toEqual([]);
  await enter(TOO_SMALL);
  await page.getByText("That one does not hold here").waitFor();
  await enter(TOKEN);
  await looker.untilLevel("ok", 20_000);
  expect(await page.getByLabel("Token").count()).toBe(0);
});

it("writes and reads with it", async () => {
  const { page } = looker;
  await looker.go("Tasks");
  await page.getByLabel("What is to be done?").fill("a task behind the fence");
  await page.getByRole("button", { name: "Add" }).click();
  await page.getByLabel("Title of a task behind the fence").waitFor();
});

it("opens the board in a window of its own, with a cookie that no script can read", async () => {
  const { page } = looker;
  const [board] = await Promise.all([
    page.waitForEvent("popup"),
    page.getByRole("link", { name: "jobs" }).click(),
  ]);
  await board.waitForURL("**/queues**");
  await board.getByText("replication").first().waitFor();
  expect(await page.evaluate<string>("document.cookie")).toBe("");
  await board.close();
});

it("goes on at another member with the same token when its node is silent", async () => {
  await looker.go("Ring");
  await cluster.pause("node1");
  await looker.page.getByText(/node1 does not answer\. You see what node[23] sees/).waitFor();
  await cluster.resume("node1");
  await looker.page.getByText("this page is back on it").waitFor({ timeout: 30_000 });
});

it("keeps it nowhere: a page that is loaded again asks again", async () => {
  const { page } = looker;
  expect(
    await page.evaluate<string>("JSON.stringify([{...localStorage}, {...sessionStorage}])"),
  ).toBe("[{},{}]");
  await page.reload();
  await page.getByLabel("Token").waitFor();
});
