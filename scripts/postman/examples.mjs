/**
 * Writes the answers of a run into the collection, as the examples that Postman shows beside each
 * request. They are as the nodes gave them, but that only telling headers are kept, and that long
 * bodies are cut and say so in their name.
 */

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { ROOT } from "../launcher/programs.mjs";
import { COLLECTION_FILE, readCollection } from "./collection.mjs";

/** Enough to see what it is; metrics and statuses would be most of the file otherwise. */
const BODY_CHARACTERS_MAX = 2_000;
/** Those that tell something of the answer. The rest, alike in all answers, would bury them. */
const SHOWN = new Set([
  "accept-encoding",
  "accept-post",
  "allow",
  "content-length",
  "content-range",
  "content-type",
  "etag",
  "kv-expires-at",
  "last-modified",
  "location",
  "retry-after",
  "x-request-id",
]);

/** @typedef {import("./collection.mjs").Item} Item */
/** @typedef {import("./collection.mjs").Example} Example */
/** @typedef {import("./collection-run.mjs").SectionResult} SectionResult */
/** @typedef {import("./collection-run.mjs").Answer} Answer */

/** What did not pass its tests is no example. @param {readonly SectionResult[]} results */
export function saveExamples(results) {
  const answered = results
    .flatMap(({ requests }) => requests)
    .filter(({ failures }) => failures.length === 0)
    .map(({ name, answer }) => /** @type {const} */ ([name, answer]));
  const collection = readCollection();
  fill(collection.item, new Map(answered));
  writeFileSync(COLLECTION_FILE, `${JSON.stringify(collection, null, 2)}\n`);
  const biome = path.join(ROOT, "node_modules/@biomejs/biome/bin/biome");
  spawnSync(process.execPath, [biome, "format", "--write", COLLECTION_FILE], { cwd: ROOT });
}

/** @param {readonly Item[]} items @param {ReadonlyMap<string, Answer | null>} answered */
function fill(items, answered) {
  for (const item of items) {
    if (item.item !== undefined) fill(item.item, answered);
    const answer = answered.get(item.name);
    if (item.request !== undefined && answer) item.response = [exampleOf(item, answer)];
  }
}

/** @param {Item} item @param {Answer} answer @returns {Example} */
function exampleOf({ request }, { code, status, headers, body }) {
  const isCut = body.length > BODY_CHARACTERS_MAX;
  const { description: _, ...originalRequest } = request ?? {};
  const type = headers.find(({ key }) => key.toLowerCase() === "content-type")?.value ?? "";
  return {
    name: `${code} ${status}${isCut ? `, the first ${BODY_CHARACTERS_MAX} characters` : ""}`,
    originalRequest,
    status,
    code,
    _postman_previewlanguage: type.includes("json") ? "json" : "text",
    header: headers.filter(({ key }) => SHOWN.has(key.toLowerCase())),
    cookie: [],
    body: body.slice(0, BODY_CHARACTERS_MAX),
  };
}
