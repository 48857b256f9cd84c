/**
 * What `npm start` was asked for: flags first, then the environment, then the defaults.
 *
 * Pure. It reports every problem at once, because nobody likes to learn of them one start at a
 * time. It does not touch the disk and does not look whether a port is free.
 */

import { parseArgs } from "node:util";

export const NODE_COUNT_MAX = 9;
const PORT_MAX = 65_535;

/**
 * @typedef {object} Options
 * @property {number} nodes how many nodes, and as many Redis
 * @property {number} httpPort the HTTP port of node1; node2 has the next one
 * @property {number} grpcPort
 * @property {number} peerPort
 * @property {number} redisPort
 * @property {string} data where data, logs and process ids lie, relative to the repository
 * @property {readonly string[]} redisUrls one for each node, or empty: the launcher brings its own
 */

/**
 * @typedef {object} Flag
 * @property {string} flag
 * @property {string} variable
 * @property {string} fallback
 * @property {string} what
 */

/** @type {Record<"nodes" | "httpPort" | "grpcPort" | "peerPort" | "redisPort" | "data", Flag>} */
const FLAGS = {
  nodes: { flag: "nodes", variable: "NODE_COUNT", fallback: "3", what: "nodes, 1 to 9" },
  httpPort: { flag: "http-port", variable: "HTTP_BASE_PORT", fallback: "8001", what: "HTTP" },
  grpcPort: { flag: "grpc-port", variable: "GRPC_BASE_PORT", fallback: "9001", what: "gRPC" },
  peerPort: { flag: "peer-port", variable: "PEER_BASE_PORT", fallback: "7001", what: "peers" },
  redisPort: { flag: "redis-port", variable: "REDIS_BASE_PORT", fallback: "6381", what: "Redis" },
  data: { flag: "data", variable: "DATA_DIR", fallback: "data", what: "the data directory" },
};

/** The help text, made of the table above. */
export const USAGE = [
  "npm start -- [options]   starts the cluster in the foreground; Ctrl-C stops it",
  "",
  ...Object.values(FLAGS).map(({ flag, variable, fallback, what }) => {
    const meaning = flag.endsWith("port") ? `first port for ${what}, counting up` : what;
    return `  --${flag.padEnd(11)} ${meaning} (or ${variable}; default ${fallback})`;
  }),
  "",
  "REDIS_URL_1, REDIS_URL_2, … use a Redis of your own for each node; REDIS_SERVER_BIN names the",
  "server binary to start instead of redis-server or valkey-server.",
].join("\n");

/**
 * @param {readonly string[]} argv the arguments after the script
 * @param {NodeJS.ProcessEnv} env
 * @returns {{options: Options} | {problems: string[]} | {help: true}}
 */
export function parseOptions(argv, env) {
  const { values, positionals, problems } = readFlags(argv);
  if (values["help"] === true) return { help: true };
  for (const word of positionals) problems.push(`"${word}" is not an option; see --help`);

  /** @param {keyof typeof FLAGS} key */
  const given = (key) => {
    const { flag, variable, fallback } = FLAGS[key];
    if (typeof values[flag] === "string") return { text: values[flag], source: `--${flag}` };
    return { text: env[variable] || fallback, source: variable };
  };
  /** @param {keyof typeof FLAGS} key @param {number} max */
  const whole = (key, max) => {
    const { text, source } = given(key);
    const number = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= 1 && number <= max) return number;
    problems.push(`${source} must be a whole number from 1 to ${max}: "${text}"`);
    return Number.NaN;
  };

  const nodes = whole("nodes", NODE_COUNT_MAX);
  const ports = {
    httpPort: whole("httpPort", PORT_MAX),
    grpcPort: whole("grpcPort", PORT_MAX),
    peerPort: whole("peerPort", PORT_MAX),
    redisPort: whole("redisPort", PORT_MAX),
  };
  const data = given("data").text.trim();
  if (data === "") problems.push("--data must name a directory");
  const redisUrls = Number.isNaN(nodes) ? [] : readRedisUrls(nodes, env, problems);
  if (!Number.isNaN(nodes)) checkPortRanges(nodes, ports, { redisUrls, problems });

  return problems.length > 0 ? { problems } : { options: { nodes, ...ports, data, redisUrls } };
}

/** @param {readonly string[]} argv */
function readFlags(argv) {
  /** @type {Record<string, {type: "string" | "boolean", short?: string}>} */
  const known = { help: { type: "boolean", short: "h" } };
  for (const { flag } of Object.values(FLAGS)) known[flag] = { type: "string" };

  const { values, positionals, tokens } = parseArgs({
    args: [...argv],
    options: known,
    strict: false, // Strict stops at the first problem; we want all of them.
    allowPositionals: true,
    tokens: true,
  });
  /** @type {string[]} */
  const problems = [];
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    if (!(token.name in known)) problems.push(`${token.rawName} is not an option; see --help`);
    else if (known[token.name]?.type === "string" && token.value === undefined)
      problems.push(`${token.rawName} needs a value`);
  }
  return { values, positionals, problems };
}

/** @param {number} nodes @param {NodeJS.ProcessEnv} env @param {string[]} problems */
function readRedisUrls(nodes, env, problems) {
  const names = Array.from({ length: nodes }, (_, index) => `REDIS_URL_${index + 1}`);
  const given = names.filter((name) => env[name]);
  if (given.length === 0) return [];

  for (const name of names) {
    const text = env[name];
    if (!text) problems.push(`${name} is missing: each of the ${nodes} nodes needs its own Redis`);
    else if (!isRedisUrl(text)) problems.push(`${name} must be a redis:// or rediss:// address`);
  }
  const urls = names.map((name) => env[name] ?? "");
  for (const [index, url] of urls.entries()) {
    const first = urls.indexOf(url);
    if (url !== "" && first < index)
      problems.push(`${names[index]} is the same as ${names[first]}: a Redis serves one node only`);
  }
  return urls;
}

/** @param {string} text */
function isRedisUrl(text) {
  return URL.canParse(text) && /^rediss?:$/.test(new URL(text).protocol);
}

/**
 * @param {number} nodes
 * @param {{httpPort: number, grpcPort: number, peerPort: number, redisPort: number}} first
 * @param {{redisUrls: readonly string[], problems: string[]}} context
 */
function checkPortRanges(nodes, first, { redisUrls, problems }) {
  const ranges = [
    { flag: "--http-port", from: first.httpPort },
    { flag: "--grpc-port", from: first.grpcPort },
    { flag: "--peer-port", from: first.peerPort },
    ...(redisUrls.length > 0 ? [] : [{ flag: "--redis-port", from: first.redisPort }]),
  ].filter(({ from }) => !Number.isNaN(from));

  for (const [index, { flag, from }] of ranges.entries()) {
    const to = from + nodes - 1;
    if (to > PORT_MAX) problems.push(`${flag}: ${nodes} ports from ${from} end above ${PORT_MAX}`);
    for (const other of ranges.slice(0, index)) {
      if (from < other.from + nodes && other.from < from + nodes)
        problems.push(`${flag} ${from}-${to} overlaps ${other.flag} ${other.from}-…`);
    }
  }
}
