/**
 * A load that is offered at a rate, whether or not it is answered in time: half writes, half reads,
 * at all nodes alike. Answers and refusals are timed apart: a quick refusal must not hide behind a
 * slow answer, nor the other way round.
 */

import autocannon from "autocannon";

const KEYS = 1_000;
const VALUE = "x".repeat(100);

/**
 * @typedef {object} Offer
 * @property {readonly string[]} urls
 * @property {number} connections of all nodes together
 * @property {number} seconds
 * @property {number | null} perSecond null: as fast as it is answered
 * @property {(answer: Timed) => void} [onAnswer]
 */

/** @typedef {{status: number, ms: number, atMs: number}} Timed */

/**
 * @typedef {object} Measured
 * @property {number} answered per second
 * @property {number} refused per second
 * @property {readonly string[]} others statuses that are neither, and broken connections
 * @property {number} p50Ms of what was answered
 * @property {number} p99Ms of what was answered
 * @property {number} refusedP99Ms
 */

/** @param {Offer} offer @returns {Promise<Measured>} */
export async function offerLoad({ urls, connections, seconds, perSecond, onAnswer }) {
  /** @type {Timed[]} */
  const all = [];
  const runs = urls.map((url, index) => {
    const each = Math.max(1, Math.floor(connections / urls.length));
    const rate = perSecond === null ? {} : { overallRate: Math.ceil(perSecond / urls.length) };
    let turn = index;
    const running = start({
      url,
      connections: each,
      duration: seconds,
      ...rate,
      requests: [
        {
          setupRequest: (request) => {
            turn = (turn + 7) % (2 * KEYS);
            const isWrite = turn % 2 === 0;
            const path = `/kv/overload%20${turn >> 1}`;
            const method = isWrite ? "PUT" : "GET";
            // Told each time: what was sent before is sent again otherwise.
            return { ...request, method, path, headers: {}, body: isWrite ? VALUE : undefined };
          },
        },
      ],
    });
    void running.on("response", (...[, status, , ms]) => {
      const answer = { status, ms, atMs: performance.now() };
      all.push(answer);
      onAnswer?.(answer);
    });
    return running;
  });
  const results = await Promise.all(runs);
  const broken = results.reduce((sum, it) => sum + it.errors, 0);
  return measuredOf(all, { seconds, broken });
}

/** What it returns is both: its types know only one of them at a time. */
/** @param {autocannon.Options} options */
function start(options) {
  const running = /** @type {unknown} */ (autocannon(options));
  return /** @type {autocannon.Instance & Promise<autocannon.Result>} */ (running);
}

/** Pure. @param {readonly Timed[]} all @param {{seconds: number, broken: number}} of */
export function measuredOf(all, { seconds, broken }) {
  const answered = all.filter(isAnswer);
  const refused = all.filter(isRefusal);
  const cut = broken > 0 ? [`${broken} broken connections`] : [];
  return {
    answered: answered.length / seconds,
    refused: refused.length / seconds,
    others: [...countsOf(all.filter((it) => !isAnswer(it) && !isRefusal(it))), ...cut],
    p50Ms: percentile(answered, 50),
    p99Ms: percentile(answered, 99),
    refusedP99Ms: percentile(refused, 99),
  };
}

/** @param {readonly Timed[]} timed @param {number} hundredth */
function percentile(timed, hundredth) {
  const sorted = timed.map(({ ms }) => ms).toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * hundredth) / 100))] ?? 0;
}

/** @param {Timed} answer */
function isAnswer({ status }) {
  return status < 300 || status === 404;
}

/** @param {Timed} answer */
function isRefusal({ status }) {
  return status === 429 || status === 503;
}

/** @param {readonly Timed[]} odd */
function countsOf(odd) {
  const statuses = [...new Set(odd.map(({ status }) => status))];
  return statuses.map((status) => {
    return `${odd.filter((it) => it.status === status).length} of status ${status}`;
  });
}
