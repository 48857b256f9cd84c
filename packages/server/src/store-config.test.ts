import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { loadConfig } from "./config.js";
import { queueUrlOf, storeUrlOf } from "./store-config.js";

const needed = { NODE_ID: "node1", MEMBERS: "node1=a:1,node2=b:2" };
const own = { ...needed, REDIS_URL: "redis://ringkv@redis1:6379" };

const directory = mkdtempSync(path.join(tmpdir(), "ringkv-config-"));
afterAll(() => rmSync(directory, { recursive: true }));
function fileWith(content: string): string {
  const file = path.join(directory, `${content.length}`);
  writeFileSync(file, content);
  return file;
}

describe("where the records and the jobs are", () => {
  it.each([
    {
      change: { REDIS_URL: "redis://redis1:6379" },
      records: "redis://redis1:6379",
      jobs: "redis://redis1:6379/1",
      why: "no password at all",
    },
    {
      change: { REDIS_URL: "redis://:pw@redis1:6379/0" },
      records: "redis://:pw@redis1:6379/0",
      jobs: "redis://:pw@redis1:6379/1",
      why: "it stands in the URL",
    },
    {
      change: { REDIS_PASSWORD: "a password%/@" },
      records: "redis://ringkv:a%20password%25%2F%40@redis1:6379",
      jobs: "redis://ringkv:a%20password%25%2F%40@redis1:6379/1",
      why: "it stands beside the URL",
    },
    {
      change: { REDIS_PASSWORD: "password", QUEUE_REDIS_URL: "redis://ringkv-queue@redis1/1" },
      records: "redis://ringkv:password@redis1:6379",
      jobs: "redis://ringkv-queue:password@redis1/1",
      why: "the jobs have a user of their own",
    },
    {
      change: { REDIS_PASSWORD: "password", QUEUE_REDIS_URL: "redis://elsewhere/3" },
      records: "redis://ringkv:password@redis1:6379",
      jobs: "redis://elsewhere/3",
      why: "a Redis that names no user is told no password",
    },
    {
      change: { REDIS_PASSWORD_FILE: fileWith("from a file\n") },
      records: "redis://ringkv:from%20a%20file@redis1:6379",
      jobs: "redis://ringkv:from%20a%20file@redis1:6379/1",
      why: "it stands in a file",
    },
  ])("$why", ({ change, records, jobs }) => {
    const config = loadConfig({ ...own, ...change });
    expect(storeUrlOf(config)).toBe(records);
    expect(queueUrlOf(config)).toBe(jobs);
  });

  it.each([
    { change: { REDIS_PASSWORD: "short" }, complaint: "at least 8 characters" },
    { change: { REDIS_PASSWORD_FILE: fileWith("short") }, complaint: "at least 8 characters" },
    { change: { REDIS_PASSWORD_FILE: "/nowhere/at/all" }, complaint: "cannot be read" },
    {
      change: { REDIS_PASSWORD: "password", REDIS_PASSWORD_FILE: fileWith("another one") },
      complaint: "is given beside REDIS_PASSWORD",
    },
    {
      change: { REDIS_PASSWORD: "password", REDIS_URL: "redis://redis1:6379" },
      complaint: "must name a user",
    },
  ])("refuses $change: $complaint", ({ change, complaint }) => {
    expect(() => loadConfig({ ...own, ...change })).toThrow(complaint);
  });
});
