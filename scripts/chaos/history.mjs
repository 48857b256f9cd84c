/**
 * What clients did and were told, as plain data: the judge reads it, and a test may tamper with it
 * to see whether the judge notices.
 *
 * It says what an answer means, and nothing about whether that is right.
 */

/** `refused`: the answer proves that nothing was stored. `unknown`: anything may be true. */
/** @typedef {"ok" | "refused" | "unknown"} Outcome */

/**
 * @typedef {object} Operation
 * @property {"put" | "delete" | "get"} kind
 * @property {string} client who asked; of a write, the only one who ever writes this key
 * @property {string} node who was asked
 * @property {string} key
 * @property {string | null} value written, unique in the history, or read; null: a deletion, or
 *   nothing was found
 * @property {number} r how many nodes had to answer a read; 0 for a write
 * @property {number} beginMs on one monotonic clock, as all times here
 * @property {number} endMs
 * @property {Outcome} outcome
 * @property {string | null} version of what was acknowledged or read; null where it was not told
 * @property {string} said the status or the failure, for people
 */

/**
 * @typedef {object} History
 * @property {Operation[]} writes in the order in which they ended
 * @property {Operation[]} reads under load
 * @property {Operation[]} finalReads after everything had healed and settled
 */

/** @typedef {import("./door.mjs").Answer} Answer */
/** @typedef {Pick<Operation, "outcome" | "version" | "said">} Meaning */

/** Nothing has left this machine then. */
const NOT_CONNECTED = ["ECONNREFUSED", "EHOSTUNREACH"];

/** @param {Answer} answer to a PUT or DELETE @returns {Meaning} */
export function meaningOfWrite(answer) {
  const { status, body } = answer;
  if (status === 200 || status === 201)
    return { outcome: "ok", version: textIn(body, "version"), said: String(status) };
  return failureIn(answer);
}

/**
 * @param {Answer} answer to a GET by path, plain
 * @returns {Meaning & {value: string | null}}
 */
export function meaningOfRead(answer) {
  const { status, body, version } = answer;
  if (status === 200) return { outcome: "ok", version, value: body, said: "200" };
  // Another 404 would be a bug of ours, and is no proof that there is no such key.
  if (status === 404 && textIn(body, "code") === "not_found")
    return { outcome: "ok", version: null, value: null, said: "404" };
  return { ...failureIn(answer), value: null };
}

/**
 * The version of an absence too: the newest that the nodes asked have told.
 *
 * @param {Answer} answer to a GET by path with `?explain=1`
 * @returns {Meaning & {value: string | null}}
 */
export function meaningOfExplained(answer) {
  const { status, body } = answer;
  if (status !== 200 && status !== 404) return { ...failureIn(answer), value: null };
  const { value, version, explain } = /** @type {Explained} */ (JSON.parse(body));
  if (explain === undefined) return { ...failureIn(answer), value: null };
  const told = explain.asked.map((asked) => asked.version ?? "").reduce(newer, "");
  const asked = explain.asked.map((it) => `${it.node} ${it.answer} ${it.version}`).join(", ");
  const said = `${status}: ${asked}`;
  return { outcome: "ok", version: version ?? (told || null), value: value ?? null, said };
}

/**
 * @typedef {object} Explained
 * @property {string | null} [value]
 * @property {string} [version]
 * @property {{asked: {node: string, answer: string, version: string | null}[]}} [explain]
 */

/** @param {Operation} operation */
export function describe({ kind, client, node, key, value, ...rest }) {
  const { r, outcome, version, said, beginMs, endMs } = rest;
  const what = kind === "get" ? `read of ${key} at r=${r}` : `${kind} of ${key}`;
  const when = `${beginMs.toFixed(0)}..${endMs.toFixed(0)} ms`;
  const shown = value === null ? "nothing" : `"${value.trimEnd()}"`;
  const how = `${outcome} (${said}), ${shown}, version ${version ?? "not told"}`;
  return `${what} by ${client} via ${node}, ${when}: ${how}`;
}

/** @param {string} a @param {string} b */
function newer(a, b) {
  return a > b ? a : b;
}

/** @param {Answer} answer @returns {Meaning} */
function failureIn({ status, body, failure }) {
  if (status === 0) {
    const outcome = NOT_CONNECTED.includes(failure) ? "refused" : "unknown";
    return { outcome, version: null, said: failure };
  }
  const outcome = textIn(body, "outcome") === "not-applied" ? "refused" : "unknown";
  return { outcome, version: null, said: `${status} ${textIn(body, "code") ?? ""}`.trimEnd() };
}

/** @param {string} body @param {string} name @returns {string | null} */
function textIn(body, name) {
  try {
    const field = /** @type {Record<string, unknown>} */ (JSON.parse(body))[name];
    return typeof field === "string" ? field : null;
  } catch {
    return null; // Not from a node.
  }
}
