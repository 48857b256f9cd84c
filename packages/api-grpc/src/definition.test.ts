/** The proto file, what is generated from it, and what it says of itself. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { status } from "@grpc/grpc-js";
import { loadDefinitions, PROTO_FOLDER, SERVICES } from "./definition.js";
import { GRPC_STATUS } from "./error-status.js";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const GENERATED = fileURLToPath(new URL("./generated/", import.meta.url));
const PROTO = readFileSync(path.join(PROTO_FOLDER, "ringkv/v1/ringkv.proto"), "utf8");

function filesIn(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const files = names.filter((name) => name.endsWith(".ts")).toSorted();
  return Object.fromEntries(files.map((it) => [it, readFileSync(path.join(folder, it), "utf8")]));
}

it("the generated types are those of the proto file", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "ringkv-grpc-"));
  const { status: code } = spawnSync(process.execPath, ["scripts/grpc-types.mjs", folder], {
    cwd: ROOT,
  });
  expect(code).toBe(0);
  expect(filesIn(folder)).toEqual(filesIn(GENERATED));
  rmSync(folder, { recursive: true, force: true });
});

it("every service is loaded, with methods", () => {
  const { all } = loadDefinitions();
  for (const name of SERVICES) expect(Object.keys(all[name] ?? {}).length).toBeGreaterThan(2);
});

it("every service and every call is explained", () => {
  const lines = PROTO.split("\n");
  const isExplained = (index: number) => lines[index - 1]?.trim().startsWith("//");
  const bare = lines.filter((it, index) => /^\s*(rpc|service) /.test(it) && !isExplained(index));
  expect(bare).toEqual([]);
});

it("the proto file names every status that a failure can have", () => {
  for (const code of new Set(Object.values(GRPC_STATUS))) expect(PROTO).toContain(status[code]);
});
