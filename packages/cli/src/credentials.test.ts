/** How the command line shows who it is, and how it makes tokens. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { digestOf, parseEntries } from "@ringkv/access";
import { run } from "../test-support/run.js";

let directory: string;
let server: Server;
let asked: (string | undefined)[];

beforeEach(async () => {
  directory = mkdtempSync(path.join(tmpdir(), "ringkv-token-"));
  asked = [];
  server = createServer((request, response) => {
    asked.push(request.headers.authorization);
    response.setHeader("content-type", "application/json");
    response.end('{"tasks":[]}');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(directory, { recursive: true });
});

const nodes = () => [`127.0.0.1:${(server.address() as AddressInfo).port}`];
const fileOf = (text: string) => {
  const file = path.join(directory, "token");
  writeFileSync(file, text);
  return file;
};

describe("the token", () => {
  it.each([
    { why: "nowhere", environment: { RINGKV_TOKEN: "" }, sent: undefined },
    { why: "in the environment", environment: { RINGKV_TOKEN: "t" }, sent: "Bearer t" },
  ])("$why", async ({ environment, sent }) => {
    expect((await run(["tasks"], { nodes: nodes(), environment })).code).toBe(0);
    expect(asked).toEqual([sent]);
  });

  it("comes from a file that the environment names, or the command", async () => {
    const environment = { RINGKV_TOKEN: "not this", RINGKV_TOKEN_FILE: fileOf("of-a-file\n") };
    await run(["tasks"], { nodes: nodes(), environment });
    await run(["--token-file", fileOf("of-a-flag"), "tasks"], { nodes: nodes(), environment });
    expect(asked).toEqual(["Bearer of-a-file", "Bearer of-a-flag"]);
  });

  it.each([
    { args: ["--token-file", "/nowhere"], complaint: "cannot be read" },
    { args: ["--token", "t"], complaint: "unknown option" },
  ])("is refused as $args", async ({ args, complaint }) => {
    const { code, stderr } = await run([...args, "tasks"], { nodes: nodes() });
    expect(code).toBe(2);
    expect(stderr).toContain(complaint);
  });

  it("is refused where it could not be sent, and not repeated", async () => {
    const environment = { RINGKV_TOKEN: "two words" };
    const { code, stderr } = await run(["tasks"], { nodes: nodes(), environment });
    expect(code).toBe(1);
    expect(stderr).not.toContain("two words");
    expect(asked).toEqual([]);
  });
});

describe("token create", () => {
  it("prints a token, and the entry that lets it in", async () => {
    const { code, stdout } = await run([
      ...["token", "create", "ci", "--scopes", "read+write"],
      ...["--prefix", "shop:", "--expires", "2030-01-01"],
    ]);
    expect(code).toBe(0);
    const [token = "", entry = ""] = stdout.trimEnd().split("\n");
    const { entries, problems } = parseEntries(entry);
    expect(problems).toEqual([]);
    expect(entries).toEqual([
      {
        name: "ci",
        digest: digestOf(token),
        scopes: ["read", "write"],
        prefix: "shop:",
        expiresAtMs: Date.UTC(2030, 0, 1),
      },
    ]);
  });

  it("prints both as JSON", async () => {
    const { stdout } = await run(["--json", "token", "create", "ci", "--scopes", "admin"]);
    const { token, entry } = JSON.parse(stdout) as Record<"token" | "entry", string>;
    expect(entry).toBe(`ci:${digestOf(token).toString("hex")}:admin`);
  });

  it.each([
    { args: ["ci"], complaint: "--scopes" },
    { args: ["ci", "--scopes", "all"], complaint: "read, write, admin" },
    { args: ["a b", "--scopes", "read"], complaint: "the name has" },
    { args: ["ci", "--scopes", "admin", "--prefix", "x"], complaint: "no prefix" },
    { args: ["ci", "--scopes", "read", "--expires", "soon"], complaint: "--expires" },
  ])("refuses $args", async ({ args, complaint }) => {
    const { code, stdout, stderr } = await run(["token", "create", ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(complaint);
  });
});
