/**
 * The benchmark as people run it, for a second: it works, nothing fails, and what a machine
 * reads is complete. No speed is judged: a busy machine would fail the test, and a slow store
 * pass it.
 */

import { execFile } from "node:child_process";
import path from "node:path";
import { ROOT } from "../../scripts/launcher/programs.mjs";
import { chooseRedis } from "../../scripts/launcher/redis-choice.mjs";

const TIMEOUT_MS = 180_000;

interface Outcome {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

function runBench(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, ...env }, maxBuffer: 2 ** 24 };
    const script = path.join(ROOT, "scripts/bench.mjs");
    execFile(process.execPath, [script, ...args], options, (error, output, errors) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), output, errors });
    });
  });
}

// The stand-in is no measure.
const isMeasurable = chooseRedis([], process.env).kind === "server";

const RUNS = [
  { what: "the usual sections", argv: [], cells: 4 },
  { what: "GET by autocannon", argv: ["--load", "autocannon", "--only", "get"], cells: 1 },
];

for (const { what, argv, cells } of isMeasurable ? RUNS : []) {
  it(
    `measures ${what} without an error`,
    async () => {
      const short = ["--seconds", "1", "--rounds", "1", "--json"];
      const { code, output, errors } = await runBench([...short, ...argv]);
      expect({ code, errors: code === 0 ? "" : errors + output }).toEqual({ code: 0, errors: "" });
      const result = JSON.parse(output);
      expect(result.failures).toEqual([]);
      expect(Object.keys(result.ratios)).toEqual(
        expect.arrayContaining([
          "get_vs_webdis",
          "put_vs_webdis",
          "get_vs_etcd",
          "put_vs_etcd",
          "put_p99_vs_webdis",
        ]),
      );
      const ours = result.cells.filter(({ system }: { system: string }) => system === "ringkv");
      expect(ours).toHaveLength(cells);
      for (const cell of ours) {
        expect(cell).toMatchObject({ outcome: "measured", perSecond: expect.any(Number) });
        expect(cell.perSecond).toBeGreaterThan(0);
      }
    },
    TIMEOUT_MS,
  );
}

it(
  "is refused where no Redis is that keeps anything",
  async () => {
    const without = { PATH: "", REDIS_SERVER_BIN: "" };
    const { code, errors } = await runBench(["--only", "get", "--seconds", "1"], without);
    expect({ code, errors }).toEqual({ code: 1, errors: expect.stringMatching(/is no measure/) });
  },
  TIMEOUT_MS,
);
