/**
 * Removes what a build or a test run made. The data of the cluster and the dependencies stay.
 */

import { readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
// `tsc -b --clean` leaves the output of sources that were deleted.
const made = readdirSync(path.join(ROOT, "packages")).map((name) => `packages/${name}/dist`);
for (const folder of [...made, "coverage", "node_modules/.cache"])
  rmSync(path.join(ROOT, folder), { recursive: true, force: true });
