/** What an answer must never be, whatever was asked. Pure: a sentence for what is wrong. */

/** Of a node that cannot serve at the moment: possible on a busy machine, and counted. */
const NOT_NOW = ["quorum_unreachable", "store_unavailable", "recovering", "overloaded"];
const PERMITTED = ["not_supported", ...NOT_NOW];

/**
 * What no stranger may learn: places in the code, stacks, folders, what a variable is called.
 * Values that were stored come back, so what is looked for is nothing that an input holds.
 */
const LEAKS = new RegExp(
  [
    /\bat [\w.<>]+ \(|\.(?:js|ts|mjs):\d+/, // A stack.
    /node_modules|\/packages\/|ioredis|\bRedis(?:Error)?:/, // Folders and libraries.
    /CLUSTER_|process\.env/, // Settings.
  ]
    .map(({ source }) => source)
    .join("|"),
);

/** @param {{status: number, body: string}} answer @returns {string} empty: nothing is wrong */
export function complaintAbout({ status, body }) {
  if (status >= 500) {
    const code = /"code":"(\w+)"/.exec(body)?.[1] ?? "";
    const isPermitted = status !== 500 && (body === "" || PERMITTED.includes(code));
    if (!isPermitted) return `a ${status} that is not documented: ${body.slice(0, 300)}`;
  }
  return leakIn(body);
}

/** @param {string} text */
export function leakIn(text) {
  const leak = LEAKS.exec(text);
  return leak === null ? "" : `an answer tells "${leak[0]}": ${text.slice(0, 300)}`;
}

/** Whether the node says that it cannot now. @param {string} body */
export function isNotNow(body) {
  const code = /"code":"(\w+)"/.exec(body)?.[1] ?? "";
  return NOT_NOW.includes(code);
}

/**
 * All answers in what came over a connection. Their bodies may be anything, so what looks like the
 * beginning of an answer inside a body is looked at as well.
 *
 * @param {Buffer} received
 */
export function complaintAboutAll(received) {
  if (received.length === 0) return "";
  const text = received.toString("latin1");
  if (!text.startsWith("HTTP/1.")) return `not HTTP: ${text.slice(0, 100)}`;
  for (const part of text.split(/(?=HTTP\/1\.1 \d{3} [A-Z])/)) {
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(part)?.[1] ?? 0);
    const body = part.slice(part.indexOf("\r\n\r\n") + 4);
    const complaint = complaintAbout({ status, body });
    if (complaint !== "") return complaint;
  }
  return "";
}

/** The keys of the receipts in `text`. @param {string} text @returns {string[]} */
export function receiptsIn(text) {
  const found = text.matchAll(/"key":("(?:[^"\\]|\\.)*"),"version":"[0-9a-f]{20}"[^{}]*?"stored"/g);
  const tasks = text.matchAll(/^\{"id":"([0-9a-f-]{36})"/gm);
  return [
    ...[...found].map(([, key = '""']) => /** @type {string} */ (JSON.parse(key))),
    ...[...tasks].map(([, id]) => `task_${id}`),
  ];
}

/** What may be stored, by what was acknowledged or may have been carried out. */
export class Ledger {
  /** @type {Set<string>} */
  #mayBe = new Set();

  /** @param {Iterable<string>} keys */
  note(keys) {
    for (const key of keys) this.#mayBe.add(key);
  }

  /** Keys that are there, and that no answer has acknowledged. @param {Iterable<string>} keys */
  strangersAmong(keys) {
    return [...keys].filter((key) => !this.#mayBe.has(key));
  }
}
