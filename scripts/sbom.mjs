/**
 * `npm run sbom`: writes docs/sbom.cdx.json, what a node is made of. To be run after each change of
 * the lock file; a test compares them.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { billOf } from "./sbom/bill.mjs";

const LOCK = new URL("../package-lock.json", import.meta.url);
const BILL = new URL("../docs/sbom.cdx.json", import.meta.url);

const { packages } = /** @type {{packages: import("./sbom/bill.mjs").Packages}} */ (
  JSON.parse(readFileSync(LOCK, "utf8"))
);
const bill = billOf(packages);
writeFileSync(BILL, `${JSON.stringify(bill, null, 2)}\n`);
process.stdout.write(`docs/sbom.cdx.json: ${bill.components.length} packages\n`);
