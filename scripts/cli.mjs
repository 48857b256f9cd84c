/**
 * `npm run cli -- get a`: the command line of this checkout. It sets up what is missing, and
 * nothing where the command line is built: a shell's prompt should not wait for a compiler.
 */

import { existsSync } from "node:fs";
import { setup } from "./setup.mjs";

const main = new URL("../packages/cli/dist/main.js", import.meta.url);
if (!existsSync(main)) setup();
await import(main.href);
