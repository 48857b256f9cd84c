/** Load by autocannon, where wrk is not installed. One of it for each port, all at once. */

import autocannon from "autocannon";

/** @typedef {"requests" | "duration" | "latency" | "errors" | "timeouts" | "non2xx"} Counted */
/** @typedef {Pick<autocannon.Result, Counted>} Part */

/**
 * @param {import("./load.mjs").Load} load
 * @returns {Promise<import("./load.mjs").LoadResult>}
 */
export async function loadByAutocannon({ ports, sequence, connections, seconds, signal }) {
  const asked = ports.slice(0, connections);
  const runs = asked.map((port, index) => {
    let at = Math.floor((sequence.length * index) / asked.length);
    /** @type {autocannon.Options} */
    const options = {
      url: `http://127.0.0.1:${port}`,
      connections: Math.max(1, Math.floor(connections / asked.length)),
      duration: seconds,
      requests: [
        {
          setupRequest: (request) => {
            at = (at + 1) % sequence.length;
            const { method, path, body, type } =
              /** @type {import("./requests.mjs").HttpRequest} */ (sequence[at]);
            const headers = type === undefined ? {} : { "content-type": type };
            const known = /** @type {autocannon.Request["method"]} */ (method);
            return { ...request, method: known, path, body, headers };
          },
        },
      ],
    };
    return play(options, signal);
  });
  return together(await Promise.all(runs));
}

/** @param {autocannon.Options} options @param {AbortSignal} signal */
async function play(options, signal) {
  const running = autocannon(options);
  const stop = () => /** @type {{stop?: () => void}} */ (/** @type {unknown} */ (running)).stop?.();
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await running;
  } finally {
    signal.removeEventListener("abort", stop);
    signal.throwIfAborted();
  }
}

/**
 * The worst of the percentiles: those of the whole cannot be told from those of the parts.
 *
 * @param {readonly Part[]} parts
 * @returns {import("./load.mjs").LoadResult}
 */
export function together(parts) {
  const sum = (/** @type {number[]} */ counts) => counts.reduce((a, b) => a + b, 0);
  const errors = {
    socket: sum(parts.map((part) => part.errors - part.timeouts)),
    status: sum(parts.map(({ non2xx }) => non2xx)),
    timeout: sum(parts.map(({ timeouts }) => timeouts)),
  };
  const seen = Object.entries(errors).filter(([, count]) => count > 0);
  return {
    requests: sum(parts.map(({ requests }) => requests.total)),
    seconds: Math.max(...parts.map(({ duration }) => duration)),
    p50Ms: Math.max(...parts.map(({ latency }) => latency.p50)),
    p99Ms: Math.max(...parts.map(({ latency }) => latency.p99)),
    errors: seen.map(([kind, count]) => `${count} ${kind}`).join(", "),
  };
}
