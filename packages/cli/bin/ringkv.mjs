#!/usr/bin/env node
/** The command `ringkv`. In a checkout that was not built yet it says how to build. */

import { existsSync } from "node:fs";

const main = new URL("../dist/main.js", import.meta.url);
if (existsSync(main)) await import(main.href);
else {
  process.stderr.write("ringkv: not built yet; run it once with: npm run cli -- --help\n");
  process.exitCode = 1;
}
