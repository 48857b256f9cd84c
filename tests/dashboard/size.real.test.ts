/** The built page is small: it must come through when a cluster is in trouble. */

import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { ROOT } from "../../scripts/launcher/programs.mjs";

const BYTES_MAX = 150_000;

it(`is at most ${BYTES_MAX} bytes, compressed, and names no other host`, () => {
  const folder = path.join(ROOT, "packages/dashboard/dist");
  const files = readdirSync(folder).map((name) => readFileSync(path.join(folder, name)));
  const bytes = files.reduce((sum, file) => sum + gzipSync(file).length, 0);
  expect(files.length).toBeGreaterThanOrEqual(4);
  expect(bytes).toBeLessThanOrEqual(BYTES_MAX);
  const page = readFileSync(path.join(folder, "index.html"), "utf8");
  expect(page).not.toMatch(/(src|href)="(https?:)?\/\//);
});
