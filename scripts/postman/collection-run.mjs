/**
 * Runs sections of the collection with newman, one after the other, and says of each request what
 * was wrong with its answers. What one section has learned, the next one knows, as in Postman.
 *
 * It judges nothing: the requests' own tests do. But a request that was never sent, or tested
 * nothing, is a failure here; newman alone would call that a success.
 */

import newman from "newman";

/** For one answer; a node's own time-outs are far shorter. */
const REQUEST_TIMEOUT_MS = 30_000;
const SCRIPT_TIMEOUT_MS = 30_000;
/** A section waits up to a minute for each of the things that it waits for. */
const SECTION_TIMEOUT_MS = 300_000;

/** @typedef {import("./collection.mjs").Collection} Collection */
/** @typedef {import("./collection.mjs").Section} Section */
/** @typedef {import("./collection.mjs").Variable} Variable */

/**
 * @typedef {object} Answer
 * @property {number} code
 * @property {string} status in words
 * @property {readonly Variable[]} headers
 * @property {string} body
 */

/**
 * @typedef {object} RequestResult
 * @property {string} name
 * @property {number} assertions how many were made on its last answer
 * @property {readonly string[]} failures
 * @property {Answer | null} answer its last one; null: none came
 */

/**
 * One answer, as whoever checks it against a description of the interface wants it.
 *
 * @typedef {object} Exchange
 * @property {string} method
 * @property {string} target
 * @property {number} status
 * @property {Record<string, string>} headers names in lower case
 * @property {string} body
 */

/** @typedef {{toJSON: () => {values: Variable[]}}} Scope as Postman's scripts see variables */
/**
 * @typedef {object} SectionResult
 * @property {string} section
 * @property {readonly RequestResult[]} requests
 * @property {readonly Exchange[]} exchanges every answer that came, of repeated requests too
 */

export class CollectionRun {
  #collection;
  #environment;
  /** @type {readonly Variable[]} */
  #variables;

  /**
   * @param {Collection} collection
   * @param {readonly Variable[]} environment `node1` to `node3`, the nodes' addresses
   */
  constructor(collection, environment) {
    this.#collection = collection;
    this.#environment = environment;
    this.#variables = collection.variable;
  }

  /** @param {Section} section @returns {Promise<SectionResult>} */
  async play({ name, requests }) {
    const summary = await this.#send(name);
    const { executions, failures } = summary.run;
    const results = requests.map((request) => {
      const own = executions.filter(({ item }) => item.name === request.name);
      const wrong = failures.filter(({ source }) => source?.name === request.name).map(wordsOf);
      const last = own.at(-1) ?? null;
      const assertions = last?.assertions?.length ?? 0;
      if (last === null) wrong.push("was never sent");
      else if (assertions === 0) wrong.push("tested nothing");
      const answer = last?.response ? answerOf(last.response) : null;
      return { name: request.name, assertions, failures: wrong, answer };
    });
    const strays = failures.filter(
      ({ source }) => !requests.some((it) => it.name === source?.name),
    );
    if (strays.length > 0) throw new Error(`newman: ${strays.map(wordsOf).join("; ")}`);
    // What a mailbox answers is no node's.
    const nodes = this.#environment.filter(({ key }) => key !== "mail");
    const isOfNode = (/** @type {import("newman").NewmanRunExecution} */ { request }) =>
      nodes.some(({ value }) => request.url.toString().startsWith(value));
    const exchanges = executions.flatMap((it) =>
      it.response && isOfNode(it) ? [exchangeOf(it)] : [],
    );
    return { section: name, requests: results, exchanges };
  }

  /** @param {string} folder @returns {Promise<import("newman").NewmanRunSummary>} */
  #send(folder) {
    return new Promise((resolve, reject) => {
      const run = newman.run(
        {
          collection: /** @type {object} */ ({ ...this.#collection, variable: this.#variables }),
          environment: /** @type {object} */ ({ values: this.#environment }),
          folder,
          reporters: [],
          timeout: SECTION_TIMEOUT_MS,
          timeoutRequest: REQUEST_TIMEOUT_MS,
          timeoutScript: SCRIPT_TIMEOUT_MS,
        },
        (error, summary) => (error ? reject(error) : resolve(summary)),
      );
      run.on("script", (_error, { execution }) => {
        const scope = /** @type {Scope | undefined} */ (execution?.collectionVariables);
        if (scope !== undefined) this.#variables = pairsOf(scope.toJSON().values);
      });
    });
  }
}

/** @param {import("newman").NewmanRunExecution["response"]} response @returns {Answer} */
function answerOf(response) {
  const { code, status } = response;
  const headers = /** @type {Variable[]} */ (response.headers.toJSON());
  return { code, status, headers: pairsOf(headers), body: response.text() ?? "" };
}

/** @param {import("newman").NewmanRunExecution} execution @returns {Exchange} */
function exchangeOf({ request, response }) {
  const { code: status, headers, body } = answerOf(response);
  /** @type {Record<string, string>} */
  const named = {};
  for (const { key, value } of headers) named[key.toLowerCase()] = value;
  const target = request.url.getPathWithQuery();
  return { method: request.method, target, status, headers: named, body };
}

/** Without what Postman adds. @param {readonly Variable[]} values @returns {Variable[]} */
function pairsOf(values) {
  return values.map(({ key, value }) => ({ key, value }));
}

/** @param {import("newman").NewmanRunFailure} failure */
function wordsOf({ error }) {
  const { test } = /** @type {{test?: string}} */ (error);
  return test === undefined ? `${error.name}: ${error.message}` : `"${test}": ${error.message}`;
}
