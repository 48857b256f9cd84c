/**
 * Writes the answers of a run into the collection, as the examples that Postman shows beside each
 * request. They are as the nodes gave them; only long ones are cut, and say so in their name.
 */

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { ROOT } from "../launcher/programs.mjs";
import { COLLECTION_FILE, readCollection } from "./collection.mjs";

/** Enough to see what it is; metrics and statuses would be most of the file otherwise. */
const BODY_CHARACTERS_MAX = 2_000;
/** Of the connection, not of the answer. */
const NOT_SHOWN = new Set(["connection", "keep-alive", "transfer-encoding"]);

/** @typedef {import("./collection.mjs").Item} Item */
/** @typedef {import("./collection.mjs").Example} Example */
/** @typedef {import("./collection.mjs").Variable} Variable */
/** @typedef {import("./collection-run.mjs").SectionResult} SectionResult */
/** @typedef {import("newman").NewmanRunExecution} Execution */

/** @param {readonly SectionResult[]} results */
export function saveExamples(results) {
  const answered = results.flatMap(({ requests }) =>
    requests.map(({ name, last }) => /** @type {const} */ ([name, last])),
  );
  const collection = readCollection();
  fill(collection.item, new Map(answered));
  writeFileSync(COLLECTION_FILE, `${JSON.stringify(collection, null, 2)}\n`);
  const biome = path.join(ROOT, "node_modules/@biomejs/biome/bin/biome");
  spawnSync(process.execPath, [biome, "format", "--write", COLLECTION_FILE], { cwd: ROOT });
}

/** @param {readonly Item[]} items @param {ReadonlyMap<string, Execution | null>} answered */
function fill(items, answered) {
  for (const item of items) {
    if (item.item !== undefined) fill(item.item, answered);
    const last = answered.get(item.name);
    if (item.request !== undefined && last?.response) item.response = [exampleOf(item, last)];
  }
}

/** @param {Item} item @param {Execution} execution @returns {Example} */
function exampleOf({ request }, { response }) {
  const text = response.text() ?? "";
  const isCut = text.length > BODY_CHARACTERS_MAX;
  const { description: _, ...originalRequest } = request ?? {};
  const type = response.headers.get("content-type") ?? "";
  const status = `${response.code} ${response.status}`;
  return {
    name: isCut ? `${status}, the first ${BODY_CHARACTERS_MAX} characters` : status,
    originalRequest,
    status: response.status,
    code: response.code,
    _postman_previewlanguage: type.includes("json") ? "json" : "text",
    header: headersOf(response),
    cookie: [],
    body: text.slice(0, BODY_CHARACTERS_MAX),
  };
}

/** @param {Execution["response"]} response @returns {Variable[]} */
function headersOf(response) {
  /** @type {Variable[]} */
  const all = response.headers.toJSON();
  return all
    .filter(({ key }) => !NOT_SHOWN.has(key.toLowerCase()))
    .map(({ key, value }) => ({ key, value }));
}
