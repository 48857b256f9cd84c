/**
 * Bundles the dashboard: one script, one style sheet, one page, nothing from anywhere else.
 *
 * It takes a moment, so it does not look for what has changed.
 */

import { copyFileSync, mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = (/** @type {string} */ name) => fileURLToPath(new URL(name, import.meta.url));

export async function buildDashboard() {
  mkdirSync(here("dist"), { recursive: true });
  await build({
    entryPoints: { app: here("src/main.tsx") },
    outdir: here("dist"),
    bundle: true,
    minify: true,
    format: "esm",
    target: ["es2022"],
    jsx: "automatic",
    jsxImportSource: "preact",
    legalComments: "none",
    logLevel: "warning",
  });
  for (const name of ["index.html", "icon.svg"])
    copyFileSync(here(`src/${name}`), here(`dist/${name}`));
}

await buildDashboard();
