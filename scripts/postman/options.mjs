/** The command line of `npm run test:postman`. */

import { parseArgs } from "node:util";
import { readEnvironment } from "./collection.mjs";

const NODES = ["node1", "node2", "node3"];

export const USAGE = `npm run test:postman -- [options]   the collection, on a cluster of its own
  --compose               on containers instead, with docker-compose stop and start
  --url <url>             on a cluster that runs already: three times, for node1 to node3;
                          what needs a node to be stopped is left out
  --environment <file>    the same, with the addresses in an environment as Postman exports it;
                          where it has mail, a mailbox, mails are tried too
  --save-examples         write the answers into the collection, as its examples`;

/** @typedef {import("./collection.mjs").Variable} Variable */

/**
 * @typedef {object} Options
 * @property {boolean} compose
 * @property {boolean} saveExamples
 * @property {readonly Variable[] | null} environment of a cluster that runs already
 */

/**
 * @param {readonly string[]} argv the arguments after the script
 * @returns {{options: Options} | {problem: string} | {help: true}}
 */
export function parseOptions(argv) {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        compose: { type: "boolean", default: false },
        url: { type: "string", multiple: true, default: [] },
        environment: { type: "string" },
        "save-examples": { type: "boolean", default: false },
        help: { type: "boolean", short: "h" },
      },
    });
    if (values.help) return { help: true };
    const { compose, url, environment, "save-examples": saveExamples } = values;
    const ways = [compose, url.length > 0, environment !== undefined, saveExamples];
    if (ways.filter(Boolean).length > 1) return { problem: "only one of these at a time" };
    const given = environment === undefined ? fromUrls(url) : readEnvironment(environment);
    const problem = given === null ? "" : problemIn(given);
    if (problem !== "") return { problem };
    return { options: { compose, saveExamples, environment: given } };
  } catch (error) {
    return { problem: /** @type {Error} */ (error).message };
  }
}

/** @param {readonly string[]} urls */
function fromUrls(urls) {
  if (urls.length === 0) return null;
  return urls.map((value, index) => ({ key: `node${index + 1}`, value: value.replace(/\/$/, "") }));
}

/** @param {readonly Variable[]} environment @returns {string} the empty string: none */
function problemIn(environment) {
  // A token is no address, and is shown to nobody.
  const addresses = environment.filter(({ key }) => key !== "token");
  const urls = new Map(addresses.map(({ key, value }) => [key, value]));
  const missing = NODES.filter((node) => !urls.has(node));
  if (missing.length > 0) return `the address of ${missing.join(", ")} is missing`;
  const others = [...urls.keys()].filter((key) => ![...NODES, "mail"].includes(key));
  if (others.length > 0) return "the collection is made for three nodes";
  const wrong = [...urls.values()].filter((url) => !/^https?:\/\/[^/?#]+$/.test(url));
  return wrong.length > 0 ? `not like http://127.0.0.1:8001: ${wrong.join(", ")}` : "";
}
