/**
 * Which functions the time of CPU profiles went to, by the time spent in the function itself. What
 * Node.js or the system did is told apart by who asked for it: a write to a socket is a different
 * cost in a response and on the way to Redis. Pure.
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
 * @property {readonly number[]} [children]
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
  return costsOf(profiles, ({ name, place }) => ({ name, place })).slice(0, count);
}

/**
 * The same time by package: what its functions took, and what Node.js took on their behalf.
 *
 * @param {readonly CpuProfile[]} profiles
 * @returns {Cost[]}
 */
export function packageCosts(profiles) {
  return costsOf(profiles, ({ name, place }) => {
    const [, path = ""] = /(?:packages|node_modules)\/((?:@[^/]+\/)?[^/]+)/.exec(place) ?? [];
    if (path === "") return { name: name === "(garbage collector)" ? name : "Node.js", place: "" };
    return { name: path, place: place.startsWith("for ") ? "Node.js on its behalf" : "itself" };
  });
}

/**
 * @param {readonly CpuProfile[]} profiles
 * @param {(cost: {name: string, place: string}) => {name: string, place: string}} groupOf
 * @returns {Cost[]} the largest first
 */
function costsOf(profiles, groupOf) {
  /** @type {Map<string, {name: string, place: string, us: number}>} */
  const costs = new Map();
  let busyUs = 0;
  for (const { nodes, samples, timeDeltas } of profiles) {
    const places = placesOf(nodes);
    const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
    for (const [index, id] of samples.entries()) {
      const frame = frames.get(id);
      if (frame === undefined || WAITING.has(frame.functionName)) continue;
      const us = Math.max(0, timeDeltas[index] ?? 0);
      const { name, place } = groupOf({
        place: places.get(id) ?? "",
        name: frame.functionName || "(anonymous)",
      });
      const key = `${name} ${place}`;
      const cost = costs.get(key) ?? { name, place, us: 0 };
      cost.us += us;
      costs.set(key, cost);
      busyUs += us;
    }
  }
  return [...costs.values()]
    .toSorted((a, b) => b.us - a.us)
    .map(({ name, place, us }) => ({ name, place, share: us / busyUs }));
}

/**
 * Where each function stands or, where it is not of a package, the function of one that asked.
 *
 * @param {readonly ProfileNode[]} nodes
 * @returns {ReadonlyMap<number, string>}
 */
function placesOf(nodes) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  /** @type {Map<number, string>} */
  const places = new Map();
  // From the root down, with a list of its own: call stacks may be deeper than ours.
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((it) => [it, id])));
  /** @type {(readonly [ProfileNode, string])[]} */
  const left = nodes.filter(({ id }) => !parents.has(id)).map((node) => [node, ""]);
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const [{ id, callFrame, children = [] }, asker] = next;
    const own = ownPlaceOf(callFrame);
    places.set(id, own || (asker && `for ${asker}`));
    const name = callFrame.functionName || "(anonymous)";
    const inherited = own ? `${name} ${own}` : asker;
    for (const child of children) {
      const node = byId.get(child);
      if (node !== undefined) left.push([node, inherited]);
    }
  }
  return places;
}

/**
 * From `packages` or `node_modules` on. Lines count from 1.
 *
 * @param {ProfileNode["callFrame"]} frame
 */
function ownPlaceOf({ url, lineNumber }) {
  const short = /(?:^|\/)((?:packages|node_modules)\/.*)$/.exec(url)?.[1];
  return short === undefined ? "" : `${short}:${lineNumber + 1}`;
}
