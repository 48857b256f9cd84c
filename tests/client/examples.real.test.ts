/** The programs of the client's README print what the README says, on three real nodes. */

import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Cluster, startCluster } from "../../scripts/launcher/cluster.mjs";
import { ROOT } from "../../scripts/launcher/programs.mjs";

const PACKAGE = path.join(ROOT, "packages/client");
const TIMEOUT_MS = 60_000;

const text = readFileSync(path.join(PACKAGE, "README.md"), "utf8");
const examples = [...text.matchAll(/```js\n([\s\S]*?)```\n\n```text\n([\s\S]*?)```/g)].map(
  ([, program = "", printed = ""], index) => ({ number: index + 1, program, printed }),
);

let cluster: Cluster;
let directory: string;
beforeAll(async () => {
  directory = mkdtempSync(path.join(tmpdir(), "ringkv-examples-"));
  cluster = await startCluster({ dataDirectory: directory, quiet: true });
}, TIMEOUT_MS);
afterAll(async () => {
  await cluster.stopAll();
  rmSync(directory, { recursive: true, force: true });
});

it("there is one in every part of the README that has code", () => {
  expect(examples).toHaveLength(text.split("```js\n").length - 1);
  expect(examples.length).toBeGreaterThan(3);
});

it.each(examples)(
  "example $number",
  async ({ number, program, printed }) => {
    // Inside the package, or the import would not find it.
    const file = path.join(PACKAGE, "dist", `example-${number}.mjs`);
    writeFileSync(file, program);
    const env = { ...process.env, RINGKV_NODES: cluster.urls.join(",") };
    const output = await new Promise((resolve) => {
      execFile(process.execPath, [file], { env }, (_error, stdout, stderr) => {
        resolve(stdout + stderr);
      });
    });
    rmSync(file);
    expect(output).toBe(printed);
  },
  TIMEOUT_MS,
);
