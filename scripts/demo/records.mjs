/**
 * What the demo stores: the Debian package index of this machine, or any JSON or NDJSON file, as
 * keys with the bytes of one JSON document each.
 *
 * Everything is kept in memory, because every byte is compared at the end.
 */

import { spawn } from "node:child_process";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { DemoFailure } from "./failure.mjs";

/** @typedef {{key: string, value: Buffer}} DemoRecord */
/** @typedef {{name: string, records: DemoRecord[]}} RecordSource */

const ELSE = "name a JSON or NDJSON file instead: npm run demo -- --file <path>";

/**
 * @param {{file: string | undefined, recordsMax: number}} wanted
 * @returns {Promise<RecordSource>}
 */
export async function readRecords({ file, recordsMax }) {
  const name = file === undefined ? "apt-cache dumpavail" : path.basename(file);
  const documents = file === undefined ? aptPackages() : await fileDocuments(file);
  /** @type {DemoRecord[]} */
  const records = [];
  for await (const { key, document } of documents) {
    if (records.length >= recordsMax) break;
    records.push({ key, value: Buffer.from(JSON.stringify(document)) });
  }
  if (records.length > 0) return { name, records };
  if (file !== undefined) throw new DemoFailure(`${file} holds no records`);
  throw new DemoFailure(`the package index of this machine is empty (apt-get update); or ${ELSE}`);
}

async function* aptPackages() {
  const child = spawn("apt-cache", ["dumpavail"], { stdio: ["ignore", "pipe", "ignore"] });
  const started = new Promise((resolve, reject) => {
    child.once("spawn", () => resolve(undefined));
    child.once("error", reject);
  });
  await started.catch(() => {
    throw new DemoFailure(`this machine has no apt-cache; ${ELSE}`);
  });
  try {
    yield* withKeys(stanzasOf(createInterface({ input: child.stdout })));
  } finally {
    child.kill();
  }
}

/**
 * The stanzas of a Debian control file, one document of fields each. A line that begins with a
 * space continues the field before it.
 *
 * @param {AsyncIterable<string>} lines
 */
export async function* stanzasOf(lines) {
  /** @type {Map<string, string>} */
  let fields = new Map();
  let last = "";
  for await (const line of lines) {
    if (line.trim() === "") {
      if (fields.size > 0) yield Object.fromEntries(fields);
      fields = new Map();
    } else if (/^[ \t]/.test(line)) {
      fields.set(last, `${fields.get(last) ?? ""}\n${line.slice(1)}`);
    } else {
      const colon = line.indexOf(":");
      if (colon <= 0) continue; // No field: nothing that a package index contains.
      last = line.slice(0, colon);
      fields.set(last, line.slice(colon + 1).trim());
    }
  }
  if (fields.size > 0) yield Object.fromEntries(fields);
}

/**
 * `deb:{Package}`; a name that occurs again is told apart by architecture, then by version, then
 * by a number.
 *
 * @param {AsyncIterable<Record<string, string>>} stanzas
 */
export async function* withKeys(stanzas) {
  const taken = new Set();
  for await (const document of stanzas) {
    const { Package: name, Architecture: architecture, Version: version } = document;
    if (name === undefined) continue;
    const candidates = [`deb:${name}`, `deb:${name}:${architecture}`];
    candidates.push(`${candidates[1]}:${version}`);
    let key = candidates.find((candidate) => !taken.has(candidate));
    for (let copy = 2; key === undefined; copy++) {
      const numbered = `${candidates[2]}#${copy}`;
      if (!taken.has(numbered)) key = numbered;
    }
    taken.add(key);
    yield { key, document };
  }
}

/**
 * An array, an object (its properties are the records), or one document per line.
 *
 * @param {string} file
 * @returns {Promise<AsyncIterable<{key: string, document: unknown}>>}
 */
async function fileDocuments(file) {
  const name = path.basename(file);
  try {
    if (/\.(ndjson|jsonl)$/i.test(file)) return fileLines(file, name);
    const content = parsed(await readFile(file, "utf8"));
    if (content === null || typeof content !== "object")
      throw new DemoFailure(`${file} must hold an array or an object`);
    return toAsync(propertiesOf(content, name));
  } catch (error) {
    // Many NDJSON files are named .json.
    if (/** @type {{name?: string}} */ (error).name === "SyntaxError") return fileLines(file, name);
    if (/** @type {{code?: string}} */ (error).code === undefined) throw error;
    throw new DemoFailure(`${file} cannot be read: ${/** @type {Error} */ (error).message}`);
  }
}

/** @param {string} file @param {string} name */
async function* fileLines(file, name) {
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(file) })) {
    number++;
    if (line.trim() === "") continue;
    try {
      yield { key: `${name}:${number}`, document: parsed(line) };
    } catch {
      throw new DemoFailure(`${file}, line ${number}: neither one JSON document nor one per line`);
    }
  }
}

/** @param {object} content @param {string} name */
function propertiesOf(content, name) {
  const entries = /** @type {[string, unknown][]} */ (Object.entries(content));
  return entries.map(([key, document]) => ({ key: `${name}:${key}`, document }));
}

/** @template T @param {readonly T[]} items */
async function* toAsync(items) {
  yield* items;
}

/** @param {string} text @returns {unknown} */
function parsed(text) {
  return JSON.parse(text);
}
