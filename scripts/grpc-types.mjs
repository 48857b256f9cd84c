/**
 * Generates the TypeScript types of packages/api-grpc from its proto file, into the folder that is
 * named, or else in their place. A test compares the two, so that neither is ever out of date.
 */

import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const [target = "packages/api-grpc/src/generated"] = process.argv.slice(2);

rmSync(target, { recursive: true, force: true });
const { status } = spawnSync(
  process.execPath,
  [
    "node_modules/@grpc/proto-loader/build/bin/proto-loader-gen-types.js",
    "ringkv/v1/ringkv.proto",
    "--includeDirs=packages/api-grpc/proto",
    // The same as in packages/api-grpc/src/definition.ts.
    "--longs=Number",
    "--enums=String",
    "--defaults",
    "--oneofs",
    "--grpcLib=@grpc/grpc-js",
    "--importFileExtension=.js",
    `--outDir=${target}`,
  ],
  { cwd: ROOT, stdio: "inherit" },
);
process.exitCode = status ?? 1;
