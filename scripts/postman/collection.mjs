/**
 * The collection as a list of sections: the folders that hold requests, in the order of the file.
 * A section is what somebody runs at once in Postman, and what is run at once here.
 *
 * It reads the file and knows its form; it sends nothing.
 */

import { readFileSync } from "node:fs";
import path from "node:path";
import { ROOT } from "../launcher/programs.mjs";
import { stepBefore } from "./plan.mjs";

export const COLLECTION_FILE = path.join(ROOT, "tests/postman/ringkv.postman_collection.json");
export const ENVIRONMENT_FILE = path.join(ROOT, "tests/postman/ringkv.postman_environment.json");

/** @typedef {{key: string, value: string}} Variable */
/** `raw` is for people; what is sent is made of the parts.
 * @typedef {{raw: string, host: string[], path: string[], query?: Parameter[]}} Url */
/** @typedef {{key: string, value: string | null}} Parameter */
/** @typedef {{listen: string, script: {exec: string[]}}} Script */

/**
 * @typedef {object} Example an answer that was really given, shown beside the request
 * @property {string} name
 * @property {object} originalRequest
 * @property {string} status
 * @property {number} code
 * @property {string} _postman_previewlanguage
 * @property {readonly Variable[]} header
 * @property {never[]} cookie
 * @property {string} body
 */

/**
 * @typedef {object} Item a request, or a folder of such
 * @property {string} name
 * @property {string} [description] of a folder
 * @property {Item[]} [item]
 * @property {{description?: string, url: Url, method: string}} [request]
 * @property {Script[]} [event]
 * @property {Example[]} [response]
 */

/** @typedef {{info: object, item: Item[], variable: Variable[], event: Script[]}} Collection */

/**
 * @typedef {object} Section
 * @property {string} name
 * @property {string} topic the top folder that it is, or is in
 * @property {readonly Item[]} requests
 */

/** @returns {Collection} */
export function readCollection(file = COLLECTION_FILE) {
  return JSON.parse(readFileSync(file, "utf8"));
}

/** @param {Collection} collection @returns {Section[]} */
export function sectionsOf({ item }) {
  return item.flatMap((top) => sectionsIn(top, top.name));
}

/**
 * Sections of topics in which nothing is stopped: what may be run on anybody's cluster.
 *
 * @param {readonly Section[]} sections
 */
export function withoutDrills(sections) {
  const drills = new Set(
    sections.filter(({ name }) => stepBefore(name) !== null).map(({ topic }) => topic),
  );
  return sections.filter(({ topic }) => !drills.has(topic));
}

/** The values of an environment as Postman exports it. @returns {Variable[]} */
export function readEnvironment(file = ENVIRONMENT_FILE) {
  const environment = /** @type {{values: (Variable & {enabled?: boolean})[]}} */ (
    JSON.parse(readFileSync(file, "utf8"))
  );
  return environment.values
    .filter(({ enabled }) => enabled !== false)
    .map(({ key, value }) => ({ key, value }));
}

/** @param {Item} folder @param {string} topic @returns {Section[]} */
function sectionsIn({ name, item = [] }, topic) {
  const requests = item.filter(({ request }) => request !== undefined);
  const inside = item.filter((it) => it.item !== undefined);
  const own = requests.length > 0 ? [{ name, topic, requests }] : [];
  return [...own, ...inside.flatMap((folder) => sectionsIn(folder, topic))];
}
