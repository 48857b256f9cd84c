/** The demo as people run it, small: on a cluster of its own, and on one that runs already. */

import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Cluster, startCluster } from "../../scripts/launcher/cluster.mjs";
import { ROOT } from "../../scripts/launcher/programs.mjs";

const RECORDS = 2_000;
const TIMEOUT_MS = 120_000;
/** Debts that a hand-off round just missed wait for the next one. */
const SETTINGS = { HANDOFF_INTERVAL_MS: "1000", NODE_ENV: "production", ALLOW_ANONYMOUS: "true" };

interface Outcome {
  readonly code: number;
  readonly output: string;
}

function runDemo(...args: readonly string[]): Promise<Outcome> {
  const env = { ...process.env, ...SETTINGS };
  return new Promise((resolve) => {
    const script = path.join(ROOT, "scripts/demo.mjs");
    execFile(process.execPath, [script, ...args], { env }, (error, stdout, stderr) => {
      const code = error === null ? 0 : Number(error.code ?? -1);
      resolve({ code, output: stdout + stderr });
    });
  });
}

describe("the demo", () => {
  let directory: string;
  let file: string;
  beforeAll(() => {
    directory = mkdtempSync(path.join(tmpdir(), "ringkv-demo-test-"));
    file = path.join(directory, "people.ndjson");
    const lines = Array.from({ length: RECORDS }, (_, number) =>
      JSON.stringify({ number, name: `naïve ключ 🔑 ${number}`, text: "x".repeat(number % 500) }),
    );
    writeFileSync(file, `${lines.join("\n")}\n`);
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it(
    "loads a file into a cluster of its own while a node is away, and finds every byte again",
    async () => {
      const { code, output } = await runDemo("--file", file, "--data", directory);
      expect(output).toContain("2,000 loaded, 0 lost, 0 different");
      expect(output).toContain("a cluster of its own");
      expect(code).toBe(0);
    },
    TIMEOUT_MS,
  );

  it(
    "uses the cluster that runs already, and leaves it running with the records",
    async () => {
      const dataDirectory = path.join(directory, "data");
      const cluster: Cluster = await startCluster({ dataDirectory, env: SETTINGS, quiet: true });
      try {
        const options = ["--records", "600", "--data", dataDirectory];
        const { code, output } = await runDemo("--file", file, ...options);
        expect(output).toContain("600 loaded, 0 lost, 0 different");
        expect(output).toContain("the cluster that runs already");
        expect(code).toBe(0);
        expect(cluster.state("node2")).toBe("running");
        const kept = await fetch(`${cluster.urls[1]}/kv/people.ndjson%3A600`);
        expect(await kept.json()).toMatchObject({ number: 599 });
      } finally {
        await cluster.stopAll();
      }
    },
    TIMEOUT_MS,
  );

  it("says what is wrong with its arguments, and does nothing", async () => {
    expect(await runDemo("--records", "many")).toMatchObject({ code: 2 });
    expect(await runDemo("--nonsense")).toMatchObject({ code: 2 });
    const absent = await runDemo("--file", path.join(directory, "absent.json"));
    expect(absent.code).toBe(1);
    expect(absent.output).toContain("cannot be read");
  }, 30_000);
});
