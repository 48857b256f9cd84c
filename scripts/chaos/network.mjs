/**
 * The links between the nodes of one machine, each through a proxy of its own, so that they can be
 * cut. Clients and Redis are not behind it: only node to node is.
 */

import { PeerProxy } from "./peer-proxy.mjs";

/** @typedef {"out" | "in"} Direction as seen from the node that is cut off */
/** @typedef {{from: string, to: string, proxy: PeerProxy, port: number}} Link */

/**
 * @param {ReadonlyMap<string, number>} peerPorts by the node's name
 * @returns {Promise<Network>}
 */
export async function openNetwork(peerPorts) {
  const pairs = [...peerPorts.keys()].flatMap((from) =>
    [...peerPorts].filter(([to]) => to !== from).map(([to, port]) => ({ from, to, port })),
  );
  const links = pairs.map(async ({ from, to, port }) => {
    const proxy = new PeerProxy(port);
    return { from, to, proxy, port: await proxy.open() };
  });
  return new Network(peerPorts, await Promise.all(links));
}

export class Network {
  #peerPorts;
  #links;

  /** @param {ReadonlyMap<string, number>} peerPorts @param {readonly Link[]} links */
  constructor(peerPorts, links) {
    this.#peerPorts = peerPorts;
    this.#links = links;
  }

  /** What each node is told of the others, as `startCluster` wants it. */
  get members() {
    const tell = (/** @type {string} */ node) => {
      const others = this.#links.filter(({ from }) => from === node);
      const ports = new Map(others.map(({ to, port }) => [to, port]));
      return [...this.#peerPorts]
        .map(([name, own]) => `${name}=127.0.0.1:${ports.get(name) ?? own}`)
        .join(",");
    };
    return Object.fromEntries([...this.#peerPorts.keys()].map((node) => [node, tell(node)]));
  }

  /**
   * Whoever made the connection: what a node sends is lost on those that it opened and on those
   * that it answers.
   *
   * @param {string} node
   * @param {readonly Direction[]} directions
   */
  cut(node, directions) {
    for (const { from, to, proxy } of this.#links) {
      if (from === node) proxy.lose(directions.map((it) => (it === "out" ? "there" : "back")));
      if (to === node) proxy.lose(directions.map((it) => (it === "out" ? "back" : "there")));
    }
  }

  /**
   * Nothing between these two, in either direction.
   *
   * @param {string} one
   * @param {string} other
   */
  cutPair(one, other) {
    for (const { from, to, proxy } of this.#links)
      if ([one, other].includes(from) && [one, other].includes(to)) proxy.lose(["there", "back"]);
  }

  /**
   * All links of a node, whoever made the connection.
   *
   * @param {string} node
   * @param {import("./bend.mjs").Bending} bending
   */
  bend(node, bending) {
    for (const { from, to, proxy } of this.#links)
      if (from === node || to === node) proxy.bend(bending);
  }

  /** Breaks all connections of a node. @param {string} node */
  reset(node) {
    for (const { from, to, proxy } of this.#links) if (from === node || to === node) proxy.reset();
  }

  /** @param {"late" | "reset"} how what becomes of the connections that were cut */
  heal(how) {
    for (const { proxy } of this.#links) proxy.heal(how);
  }

  close() {
    for (const { proxy } of this.#links) proxy.close();
  }
}
