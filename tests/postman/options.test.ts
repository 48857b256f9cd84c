/** The command line of `npm run test:postman`. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { ENVIRONMENT_FILE } from "../../scripts/postman/collection.mjs";
import { parseOptions } from "../../scripts/postman/options.mjs";

const NONE = { compose: false, saveExamples: false, environment: null };
const urls = (...ports: number[]) => ports.flatMap((port) => ["--url", `http://127.0.0.1:${port}`]);

it.each([
  { argv: [], options: NONE },
  { argv: ["--compose"], options: { ...NONE, compose: true } },
  { argv: ["--save-examples"], options: { ...NONE, saveExamples: true } },
])("$argv", ({ argv, options }) => {
  expect(parseOptions(argv)).toEqual({ options });
});

it("takes the addresses of three nodes, in order, with a slash or without", () => {
  const [, first = "", ...rest] = urls(1, 2, 3);
  expect(parseOptions(["--url", `${first}/`, ...rest])).toEqual({
    options: {
      ...NONE,
      environment: [
        { key: "node1", value: "http://127.0.0.1:1" },
        { key: "node2", value: "http://127.0.0.1:2" },
        { key: "node3", value: "http://127.0.0.1:3" },
      ],
    },
  });
});

it("takes an environment as Postman exports it", () => {
  const parsed = parseOptions(["--environment", ENVIRONMENT_FILE]);
  expect(parsed).toMatchObject({
    options: {
      environment: [{ key: "node1" }, { key: "node2" }, { key: "node3" }, { key: "token" }],
    },
  });
});

it("takes the page of a mailbox beside the nodes, from an environment", () => {
  const directory = mkdtempSync(path.join(tmpdir(), "ringkv-postman-test-"));
  const file = path.join(directory, "mail.json");
  const values = ["node1", "node2", "node3", "mail"].map((key, index) => {
    return { key, value: `http://127.0.0.1:${index + 1}` };
  });
  writeFileSync(file, JSON.stringify({ values }));
  const parsed = parseOptions(["--environment", file]);
  rmSync(directory, { recursive: true });
  expect(parsed).toEqual({ options: { ...NONE, environment: values } });
});

it("offers its usage", () => {
  expect(parseOptions(["--help"])).toEqual({ help: true });
});

it.each([
  { argv: urls(1, 2), problem: /the address of node3 is missing/ },
  { argv: urls(1, 2, 3, 4), problem: /made for three nodes/ },
  { argv: ["--url", "127.0.0.1", ...urls(1, 2)], problem: /not like http/ },
  { argv: [...urls(1, 2, 3), "--compose"], problem: /only one/ },
  { argv: ["--environment", "absent.json"], problem: /absent\.json/ },
  { argv: ["--folder", "1"], problem: /--folder/ },
  { argv: ["all"], problem: /all/ },
])("refuses $argv", ({ argv, problem }) => {
  expect(parseOptions(argv)).toEqual({ problem: expect.stringMatching(problem) });
});

it("leaves out what is switched off in an environment", () => {
  const directory = mkdtempSync(path.join(tmpdir(), "ringkv-postman-test-"));
  const file = path.join(directory, "three.json");
  const values = [1, 2, 3].map((number) => ({
    key: `node${number}`,
    value: `http://127.0.0.1:${number}`,
    enabled: number !== 2,
  }));
  writeFileSync(file, JSON.stringify({ values }));
  const parsed = parseOptions(["--environment", file]);
  rmSync(directory, { recursive: true });
  expect(parsed).toEqual({ problem: expect.stringMatching(/node2 is missing/) });
});
