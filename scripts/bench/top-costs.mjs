/**
 * Which functions the time of CPU profiles went to, by the time spent in the function itself. Pure.
 */

/**
 * @typedef {object} CpuProfile as V8 writes it
 * @property {readonly ProfileNode[]} nodes
 * @property {readonly number[]} samples ids of nodes
 * @property {readonly number[]} timeDeltas microseconds before each sample
 */

/**
 * @typedef {object} ProfileNode
 * @property {number} id
 * @property {{functionName: string, url: string, lineNumber: number}} callFrame
 */

/** @typedef {{name: string, place: string, share: number}} Cost */

/** The profile holds these beside functions; nobody can make them faster. */
const WAITING = new Set(["(idle)", "(root)"]);

/**
 * @param {readonly CpuProfile[]} profiles
 * @param {number} count
 * @returns {Cost[]} shares of the time that was not spent waiting
 */
export function topCosts(profiles, count) {
  /** @type {Map<string, {name: string, place: string, us: number}>} */
  const costs = new Map();
  let busyUs = 0;
  for (const { nodes, samples, timeDeltas } of profiles) {
    const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
    for (const [index, id] of samples.entries()) {
      const frame = frames.get(id);
      if (frame === undefined || WAITING.has(frame.functionName)) continue;
      const us = Math.max(0, timeDeltas[index] ?? 0);
      const place = placeOf(frame);
      const name = frame.functionName || "(anonymous)";
      const key = `${name} ${place}`;
      const cost = costs.get(key) ?? { name, place, us: 0 };
      cost.us += us;
      costs.set(key, cost);
      busyUs += us;
    }
  }
  return [...costs.values()]
    .toSorted((a, b) => b.us - a.us)
    .slice(0, count)
    .map(({ name, place, us }) => ({ name, place, share: us / busyUs }));
}

/** From the last `packages` or `node_modules` on; lines count from 1. @param {ProfileNode["callFrame"]} frame */
function placeOf({ url, lineNumber }) {
  if (url === "") return "";
  const short = /(?:.*\/)?((?:packages|node_modules)\/.*)$/.exec(url)?.[1] ?? url;
  return `${short}:${lineNumber + 1}`;
}
