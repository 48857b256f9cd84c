/**
 * Where the nodes of a cluster and their Redis live on this machine: names, ports, addresses.
 */

import { freePorts } from "./ports.mjs";

/**
 * @typedef {{http: number[], grpc: number[], peer: number[], redis: number[]}} Ports one of each
 *   per node
 */

/**
 * @typedef {object} NodePlace
 * @property {string} name `node1`
 * @property {string} url the address of its HTTP interface
 * @property {number} httpPort
 * @property {number} grpcPort
 * @property {number} peerPort
 * @property {string} redisName `redis1`
 * @property {number} redisPort unused when the Redis is external
 * @property {string} redisUrl
 */

/**
 * @typedef {object} Ground
 * @property {number} count
 * @property {Ports} ports
 * @property {NodeJS.ProcessEnv} env
 * @property {import("./redis-choice.mjs").RedisChoice} redis
 */

/** @param {Ground} ground @returns {NodePlace[]} */
export function placesOn({ count, ports, env, redis }) {
  const scheme = env["TLS_CERT_FILE"] ? "https" : "http";
  return Array.from({ length: count }, (_, index) => {
    const portIn = (/** @type {number[]} */ list) => list[index] ?? 0;
    const [httpPort, redisPort] = [portIn(ports.http), portIn(ports.redis)];
    const external = redis.kind === "external" ? redis.urls[index] : undefined;
    return {
      name: `node${index + 1}`,
      url: `${scheme}://${hostOf(env, "HTTP_HOST")}:${httpPort}`,
      httpPort,
      grpcPort: portIn(ports.grpc),
      peerPort: portIn(ports.peer),
      redisName: `redis${index + 1}`,
      redisPort,
      redisUrl: external ?? `redis://127.0.0.1:${redisPort}`,
    };
  });
}

/**
 * @param {readonly NodePlace[]} places
 * @param {{env: NodeJS.ProcessEnv, redisIsOurs: boolean}} ground
 * @returns {import("./ports.mjs").WantedPort[]}
 */
export function portsOf(places, { env, redisIsOurs }) {
  const local = "127.0.0.1";
  return places.flatMap(({ name, httpPort, grpcPort, peerPort, redisName, redisPort }) => [
    {
      port: httpPort,
      host: hostOf(env, "HTTP_HOST"),
      use: `HTTP of ${name}`,
      hint: "set --http-port",
    },
    {
      port: grpcPort,
      host: hostOf(env, "GRPC_HOST"),
      use: `gRPC of ${name}`,
      hint: "set --grpc-port",
    },
    { port: peerPort, host: local, use: `the peers of ${name}`, hint: "set --peer-port" },
    ...(redisIsOurs
      ? [{ port: redisPort, host: local, use: redisName, hint: "set --redis-port" }]
      : []),
  ]);
}

/** The value of `MEMBERS`. @param {readonly NodePlace[]} places */
export function membersOf(places) {
  return places.map(({ name, peerPort }) => `${name}=127.0.0.1:${peerPort}`).join(",");
}

/** The value of `MEMBERS_HTTP`. @param {readonly NodePlace[]} places */
export function urlsOf(places) {
  return places.map(({ name, url }) => `${name}=${url}`).join(",");
}

/**
 * The ports counting up from the first ones, as `npm start` has them.
 *
 * @param {import("./options.mjs").Options} options
 * @returns {Ports}
 */
export function consecutivePorts({ nodes, httpPort, grpcPort, peerPort, redisPort }) {
  const from = (/** @type {number} */ first) =>
    Array.from({ length: nodes }, (_, index) => first + index);
  return {
    http: from(httpPort),
    grpc: from(grpcPort),
    peer: from(peerPort),
    redis: from(redisPort),
  };
}

/** @param {number} count @returns {Promise<Ports>} */
export async function anyFreePorts(count) {
  const ports = await freePorts(4 * count);
  return {
    http: ports.slice(0, count),
    grpc: ports.slice(count, 2 * count),
    peer: ports.slice(2 * count, 3 * count),
    redis: ports.slice(3 * count),
  };
}

/**
 * The address under which this machine reaches its own nodes.
 *
 * @param {NodeJS.ProcessEnv} env
 * @param {"HTTP_HOST" | "GRPC_HOST"} variable
 */
function hostOf(env, variable) {
  const host = env[variable] ?? "";
  return ["", "0.0.0.0", "::", "localhost"].includes(host) ? "127.0.0.1" : host;
}
