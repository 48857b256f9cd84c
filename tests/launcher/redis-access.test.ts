import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { RedisAccess, usersFor } from "../../scripts/launcher/redis-access.mjs";

const ADDRESS = "redis://127.0.0.1:6381";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "ringkv-access-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

it("makes the file that Redis reads: users only, and no password in the clear", () => {
  const users = usersFor({ nodes: "of the nodes", admin: "of the admin" });
  const lines = users.trim().split(/\n+/);
  expect(lines.map((line) => line.split(" ", 2).join(" "))).toEqual([
    "user default",
    "user health",
    "user ringkv",
    "user ringkv-queue",
    "user admin",
  ]);
  expect(users).not.toMatch(/of the|[<>]/);
  expect(users.match(/ #[0-9a-f]{64} /g)).toHaveLength(3);
});

it("tells nodes who they are, with passwords that are new each time", () => {
  const access = new RedisAccess(directory, ["redis1"]);
  expect(access.recordsUrl(ADDRESS)).toMatch(/^redis:\/\/ringkv:[0-9a-f]{48}@127.0.0.1:6381$/);
  expect(access.jobsUrl(ADDRESS)).toMatch(/^redis:\/\/ringkv-queue:[0-9a-f]{48}@127.+:6381\/1$/);
  expect(access.adminUrl(ADDRESS)).toMatch(/^redis:\/\/admin:[0-9a-f]{48}@127.0.0.1:6381$/);
  const later = new RedisAccess(directory, ["redis1"]);
  expect(later.recordsUrl(ADDRESS)).not.toBe(access.recordsUrl(ADDRESS));
});

it("writes files that nobody else can read, also over old ones, and takes them away again", () => {
  writeFileSync(path.join(directory, "redis1.admin"), "of an earlier start", { mode: 0o644 });
  const access = new RedisAccess(directory, ["redis1", "redis2"]);
  access.write();
  const files = readdirSync(directory);
  expect(files.toSorted()).toEqual(["redis1.acl", "redis1.admin", "redis2.acl", "redis2.admin"]);
  for (const file of files) expect(statSync(path.join(directory, file)).mode & 0o777).toBe(0o600);
  const admin = readFileSync(path.join(directory, "redis1.admin"), "utf8");
  expect(access.adminUrl(ADDRESS)).toContain(`:${admin}@`);
  access.remove();
  expect(readdirSync(directory)).toEqual([]);
});
