/** The commands, each as a user would type it, on a node in this process. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { jest } from "@jest/globals";
import { MemoryNode, problem } from "../test-support/memory-node.js";
import { type RunOptions, run } from "../test-support/run.js";

// Files are replaced as a whole, which waits for the disk, and that may be a busy one.
jest.setTimeout(60_000);

let node: MemoryNode;
let directory: string;
const DEAD = "http://127.0.0.1:1";

beforeEach(async () => {
  node = await MemoryNode.open();
  directory = mkdtempSync(path.join(tmpdir(), "ringkv-cli-"));
});
afterEach(async () => {
  await node.close();
  rmSync(directory, { recursive: true, force: true });
});

const ringkv = (args: readonly string[], options: RunOptions = {}) =>
  run(args, { nodes: [DEAD, node.url], ...options });
const fileOf = (name: string, text: string) => {
  const file = path.join(directory, name);
  writeFileSync(file, text);
  return file;
};

describe("put, get, delete", () => {
  it("store what was typed, print it, and say what a script must know", async () => {
    const put = await ringkv(["put", "a", "123"]);
    expect(put).toMatchObject({ code: 0, stderr: "" });
    expect(put.stdout).toMatch(/^stored a on node1 {2}version [0-9a-f]{20} {2}by http/);
    expect(await ringkv(["get", "a"])).toEqual({ code: 0, stdout: "123", stderr: "" });
    expect((await ringkv(["delete", "a"])).stdout).toMatch(/^deleted a/);
    expect((await ringkv(["delete", "a"])).stdout).toMatch(/^was not there/);
    expect(await ringkv(["get", "a"])).toEqual({
      code: 1,
      stdout: "",
      stderr: "ringkv: not found: a\n",
    });
  });

  it("take a value from a pipe or a file, with its type", async () => {
    await ringkv(["put", "piped"], { stdin: "é\n" });
    await ringkv(["put", "filed", "--file", fileOf("v", "[1.0]"), "--type", "application/json"]);
    expect(node.records.get("piped")).toMatchObject({ contentType: "text/plain; charset=utf-8" });
    expect((await ringkv(["get", "piped"])).stdout).toBe("é\n");
    expect((await ringkv(["get", "filed"])).stdout).toBe("[1.0]");
    expect(JSON.parse((await ringkv(["--json", "get", "filed"])).stdout)).toMatchObject({
      key: "filed",
      value: [1],
      contentType: "application/json",
    });
  });

  it.each([
    [["put", "a", "{", "--type", "application/json"], 1, /no JSON/],
    [["put", "a", "1", "--file", "x"], 2, /not both/],
    [["put", "", "1"], 1, /at least one byte/],
    [["put"], 2, /missing required argument/],
    [["put", "a", "1", "--ttl", "1e3"], 2, /whole number/],
    [["frobnicate"], 2, /unknown command/],
    [["put", "a", "1", "--explane"], 2, /unknown option/],
    [["get", "a", "--nodes", "http://["], 2, /not the URL/],
    [["completion", "tcsh"], 2, /bash, zsh or fish/],
  ])("%j is refused with %i, and nothing is stored", async (args, code, words) => {
    const finished = await ringkv(args);
    expect(finished.code).toBe(code);
    expect(finished.stderr).toMatch(words);
    expect(finished.stdout).toBe("");
    expect(node.records.size).toBe(0);
  });

  it("show on a terminal nothing that could move its cursor", async () => {
    node.hold("evil", "\u001b[2Jboo", "text/plain");
    node.hold("bytes", Buffer.from([0, 1, 2]), "image/png");
    expect((await ringkv(["get", "evil"], { onScreen: true })).stdout).toBe("\\x1b[2Jboo\n");
    expect((await ringkv(["get", "evil"])).stdout).toBe("\u001b[2Jboo");
    const refused = await ringkv(["get", "bytes"], { onScreen: true });
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toMatch(/3 B of image\/png, not text/);
  });

  it.each`
    status | code                    | outcome          | exit | words
    ${503} | ${"quorum_unreachable"} | ${"not-applied"} | ${1} | ${/a planned quorum_unreachable/}
    ${503} | ${"quorum_unreachable"} | ${"unknown"}     | ${3} | ${/may have been stored/}
    ${507} | ${"store_full"}         | ${"not-applied"} | ${1} | ${/store_full/}
  `("end with $exit when a node says $code, $outcome", async ({ exit, words, ...said }) => {
    node.intercept = (_key, response) => {
      problem(response, said.status, said.code, { outcome: said.outcome, retryable: true });
      return true;
    };
    const finished = await ringkv(["put", "a", "1"]);
    expect(finished.code).toBe(exit);
    expect(finished.stderr).toMatch(words);
  });

  it("end with 4 when no node answers", async () => {
    const finished = await ringkv(["get", "a"], { nodes: [DEAD] });
    expect(finished.code).toBe(4);
    expect(finished.stderr).toContain("connection refused [unreachable]");
  });

  it("end with 3 when a node goes away with the write", async () => {
    node.intercept = (_key, response) => Boolean(response.destroy());
    expect((await ringkv(["put", "a", "1"])).code).toBe(3);
  });
});

describe("list", () => {
  it("prints keys over all pages, escaped where a line would break", async () => {
    for (let number = 0; number < 1_200; number++) node.hold(`k${number}`, "1");
    node.hold("other\nline", "1");
    const { stdout, code } = await ringkv(["list", "k"]);
    expect(stdout.trimEnd().split("\n")).toHaveLength(1_200);
    expect(code).toBe(0);
    expect((await ringkv(["list", "other"])).stdout).toBe("other\\nline\n");
    expect((await ringkv(["list", "-n", "3", "--json"])).stdout.trim().split("\n")).toHaveLength(3);
    expect((await ringkv(["list", "other", "--long", "--values"])).stdout).toMatch(
      /^0{17}4b1 {2}1970-\S+ {2}- {2}other\\nline {2}"1"\n$/,
    );
  });
});

describe("import and export", () => {
  const LINES = Array.from({ length: 300 }, (_, n) => `{"key":"k${n}","value":{"n":${n}.0}}`);

  it("bring a file in and out again, byte for byte", async () => {
    const file = fileOf("in.ndjson", `${LINES.join("\n")}\n`);
    const imported = await ringkv(["import", file, "--json"]);
    expect(imported.code).toBe(0);
    expect(JSON.parse(imported.stdout)).toMatchObject({ stored: 300, refused: 0, complete: true });
    expect(node.records.get("k7")?.value.toString()).toBe('{"n":7.0}');
    for (const format of ["ndjson", "json"]) {
      const out = path.join(directory, `out.${format}`);
      const exported = await ringkv(["export", "k", "--out", out, "--format", format]);
      expect(exported).toMatchObject({ code: 0, stdout: "" });
      expect(exported.stderr).toContain("300 records exported");
      const before = new Map(node.records);
      node.records.clear();
      expect((await ringkv(["import", out])).stdout).toMatch(/^300 stored, 0 refused, 0 unknown/);
      for (const [key, { value }] of before) expect(node.records.get(key)?.value).toEqual(value);
    }
  });

  it.each([
    [
      "an array",
      '[{"id":"a"},{"id":"b"}]',
      ["--key-field", "id", "--prefix", "p:"],
      ["p:a", "p:b"],
    ],
    ["an object", '{"a":1,\n"b":2}', [], ["a", "b"]],
    ["numbers", '{"x":1}\n{"x":2}\n', ["--numbered", "--prefix", "n"], ["n1", "n2"]],
  ])("take %s", async (_what, text, options, keys) => {
    const file = fileOf("data", text);
    expect((await ringkv(["import", file, ...options])).code).toBe(0);
    expect([...node.records.keys()].toSorted()).toEqual(keys);
  });

  it("count what is refused and unknown, name it, and end accordingly", async () => {
    node.intercept = (key, response) => {
      if (key === "k1") problem(response, 413, "too_large");
      if (key === "k2") response.destroy();
      return key === "k1" || key === "k2";
    };
    const file = fileOf("in.ndjson", [...LINES.slice(0, 4), "nonsense", ""].join("\n"));
    const rejects = path.join(directory, "rejects");
    const finished = await ringkv(["import", file, "--rejects", rejects]);
    expect(finished.code).toBe(3);
    expect(finished.stdout).toMatch(/^2 stored, 2 refused, 1 unknown/);
    expect(finished.stderr).toContain("document 2 (k1) refused: a planned too_large");
    const rejected = readFileSync(rejects, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const numbers = new Set(rejected.map(({ record }: { record: number }) => record));
    expect(numbers).toEqual(new Set([2, 3, 5]));

    // What was unknown is written again, and nothing else.
    node.intercept = () => false;
    node.records.clear();
    const resumed = await ringkv(["import", file, "--resume"]);
    expect(resumed.stdout).toMatch(/^3 stored, 2 refused, 0 unknown/);
    expect([...node.records.keys()]).toEqual(["k2"]);
    expect(resumed.code).toBe(1);
  });

  it("stop when nobody takes writes, and go on from there with exact counts", async () => {
    let writes = 0;
    node.intercept = (_key, response) => {
      if (++writes <= 100) return false;
      problem(response, 503, "quorum_unreachable", { retryable: true });
      return true;
    };
    const file = fileOf("in.ndjson", LINES.join("\n"));
    const stopped = await ringkv(["import", file, "--patience", "0", "--concurrency", "8"]);
    expect(stopped.code).toBe(1);
    expect(stopped.stdout).toMatch(/^100 stored, 0 refused, 0 unknown/);
    expect(stopped.stderr).toMatch(/--resume\nringkv: stopped: a planned/);
    node.intercept = () => false;
    const resumed = await ringkv(["import", file, "--resume"]);
    expect(resumed.stdout).toMatch(/^300 stored, 0 refused, 0 unknown/);
    expect(resumed.code).toBe(0);
    expect(node.records.size).toBe(300);
    expect((await ringkv(["import", file, "--resume"])).stderr).toContain("no earlier import");
  });

  it("end in good order when they are interrupted, and go on from there", async () => {
    const stop = new AbortController();
    let writes = 0;
    node.intercept = () => {
      if (++writes === 50) stop.abort("interrupted");
      return false;
    };
    const file = fileOf("in.ndjson", LINES.join("\n"));
    const interrupted = await ringkv(["import", file, "--json"], { stopped: stop.signal });
    expect(interrupted.code).toBe(130);
    const { stored, complete } = JSON.parse(interrupted.stdout);
    expect(complete).toBe(false);
    expect(stored).toBe(node.records.size);
    const resumed = await ringkv(["import", file, "--resume", "--json"]);
    expect(JSON.parse(resumed.stdout)).toMatchObject({ stored: 300, complete: true });
    expect(writes).toBe(300);
  });

  it("refuse to go on with a file that has changed", async () => {
    node.intercept = (_key, response) => Boolean(response.destroy());
    const file = fileOf("in.ndjson", LINES[0] ?? "");
    expect((await ringkv(["import", file])).code).toBe(3);
    fileOf("in.ndjson", LINES.join("\n"));
    const finished = await ringkv(["import", file, "--resume"]);
    expect(finished).toMatchObject({ code: 1, stderr: expect.stringContaining("has changed") });
  });

  it("go on with an export behind its last page", async () => {
    for (let number = 0; number < 2_500; number++) node.hold(`k${number}`, `${number}`);
    const stop = new AbortController();
    let reads = 0;
    node.intercept = () => {
      if (++reads === 1_500) stop.abort("interrupted");
      return false;
    };
    const out = path.join(directory, "out.ndjson");
    const args = ["export", "--out", out];
    expect((await ringkv(args, { stopped: stop.signal })).code).toBe(130);
    expect((await ringkv([...args, "--resume"])).code).toBe(0);
    const keys = readFileSync(out, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).key);
    expect(keys).toEqual([...node.records.keys()].toSorted());
    expect(reads).toBeLessThan(4_000);
  });

  it("send whoever imports a snapshot to restore", async () => {
    const finished = await ringkv(["import", fileOf("s.ndjson", node.snapshot())]);
    expect(finished.stderr).toContain("use ringkv restore");
    expect(finished.code).toBe(1);
  });
});

describe("snapshot and restore", () => {
  it("write a file that is whole, and send it back", async () => {
    node.hold("a", "1");
    const out = path.join(directory, "s.ndjson");
    const taken = await ringkv(["snapshot", "--out", out, "--json"]);
    expect(JSON.parse(taken.stdout)).toMatchObject({ count: 1, file: out });
    expect(readFileSync(out, "utf8")).toBe(node.snapshot());
    const restored = await ringkv(["restore", out]);
    expect(restored.stdout).toBe("restored 2 of 3 records; 1 were older than what is there\n");
    expect(node.restored).toBe(node.snapshot());
    await ringkv(["restore", "-"], { stdin: "piped" });
    expect(node.restored).toBe("piped");
  });

  it("leave no file behind when the snapshot is not whole", async () => {
    node.snapshot = () => `{"format":"ringkv-snapshot"}\n{"key":"a"}\n`;
    const out = path.join(directory, "s.ndjson");
    const finished = await ringkv(["snapshot", "--out", out]);
    expect(finished.code).toBe(4);
    expect(finished.stderr).toContain("not whole");
    expect(() => readFileSync(out)).toThrow(/ENOENT/);
    expect(() => readFileSync(`${out}.part`)).toThrow(/ENOENT/);
  });
});

it("tasks are added, done, renamed, listed and removed", async () => {
  await ringkv(["tasks", "add", "buy", "milk"]);
  expect((await ringkv(["tasks", "done", "t0"])).stdout).toBe("[x] t0  buy milk\n");
  await ringkv(["tasks", "rename", "t0", "buy", "tea"]);
  expect((await ringkv(["tasks"])).stdout).toBe("DONE  ID  TITLE\nx     t0  buy tea\n");
  expect((await ringkv(["tasks", "remove", "t0"])).stdout).toBe("removed t0\n");
  expect((await ringkv(["tasks", "remove", "t0"])).code).toBe(1);
});

it("the shell takes a script, and says which node answered", async () => {
  const script =
    'put a "1 2"\nput j {"x": 1.0}\nget a\nget j\nlist\ndelete a\nget a\nnodes\nexit\nget j\n';
  const { stdout, code } = await ringkv(["shell"], { stdin: script });
  expect(code).toBe(0);
  expect(node.records.get("j")?.value.toString()).toBe('{"x": 1.0}');
  const by = `(${node.url})`;
  expect(stdout.split("\n").slice(2, -1)).toEqual([
    expect.stringMatching(/^stored on node1/),
    by,
    "1 2",
    by,
    '{"x": 1.0}',
    by,
    "a",
    "j",
    by,
    "deleted",
    by,
    "not found",
    `  ${DEAD}`,
    `* ${node.url}`,
  ]);
});

it.each(["bash", "zsh", "fish"])(
  "the completion for %s knows all commands and flags",
  async (shell) => {
    const { stdout, code } = await ringkv(["completion", shell]);
    expect(code).toBe(0);
    for (const word of ["import", "locate", "retry-unknown", "key-field"]) {
      expect(stdout).toContain(word);
    }
  },
);

it("help names every command of the contract", async () => {
  const { stdout, code } = await ringkv(["--help"]);
  expect(code).toBe(0);
  const contract =
    "put get delete list import export status locate verify snapshot restore tasks drill bench";
  for (const command of [...contract.split(" "), "shell"])
    expect(stdout).toMatch(new RegExp(`^ {2}${command}\\b`, "m"));
});
