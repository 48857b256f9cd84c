/**
 * Makes a fresh checkout ready: dependencies as the lock file says, then the build of the server
 * and of the command line.
 *
 * Says nothing when there is nothing to do. It needs nothing but Node.js and npm, and changes
 * nothing outside `node_modules` and `dist`.
 */

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const NODE_MIN = /** @type {const} */ ([20, 19]);

/** Ends the process with a clear word when something is missing or fails. */
export function setup() {
  demandNode();
  if (!isInstalled()) {
    say("installing the dependencies (npm ci) …");
    runNpm(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
  }
  if (!existsSync(path.join(ROOT, "packages/server/dist"))) say("building …");
  // Cheap when nothing changed: the compiler keeps its own books.
  const parts = ["packages/server", "packages/cli"];
  run(process.execPath, ["node_modules/typescript/bin/tsc", "-b", ...parts]);
  run(process.execPath, ["packages/dashboard/build.mjs"]);
}

function demandNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1])) return;
  say(`Node.js ${NODE_MIN.join(".")} or newer is needed; this is ${process.version}`);
  process.exit(1);
}

/**
 * Whether `node_modules` holds what the lock file names. npm writes down what it installed, so an
 * installation by hand counts as well as one of ours, and one that broke off does not.
 */
function isInstalled() {
  const wanted = packagesIn("package-lock.json");
  const present = packagesIn("node_modules/.package-lock.json");
  return Object.entries(wanted).every(([location, { version, optional, link }]) => {
    const found = present[location];
    if (location === "" || !location.includes("node_modules/")) return true;
    // Left out by npm: what is made for other platforms.
    if (found === undefined) return optional === true;
    return link === true || found.version === version;
  });
}

/**
 * @param {string} file
 * @returns {Record<string, {version?: string, optional?: boolean, link?: boolean}>}
 */
function packagesIn(file) {
  try {
    return JSON.parse(readFileSync(path.join(ROOT, file), "utf8")).packages ?? {};
  } catch {
    return {};
  }
}

/** @param {readonly string[]} args */
function runNpm(args) {
  // Under `npm start` this is the npm that runs us; yarn and pnpm set it too and know no `ci`.
  const cli = process.env["npm_execpath"] ?? "";
  if (path.basename(cli) === "npm-cli.js") run(process.execPath, [cli, ...args]);
  else run(process.platform === "win32" ? "npm.cmd" : "npm", args);
}

/** @param {string} file @param {readonly string[]} args */
function run(file, args) {
  const { status, error } = spawnSync(file, args, { cwd: ROOT, stdio: "inherit" });
  if (status === 0) return;
  say(`failed: ${[path.basename(file), ...args].join(" ")}${error ? ` (${error.message})` : ""}`);
  process.exit(1);
}

/** @param {string} text */
function say(text) {
  process.stderr.write(`ringkv: ${text}\n`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) setup();
