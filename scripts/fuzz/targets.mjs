/** Everything that is fuzzed, by name. Shares of all inputs are hundredths and add up to 100. */

import { frames, messages } from "./grpc-targets.mjs";
import { http, json, keys, restore } from "./http-targets.mjs";
import { parseJson, parseKeys, parsePeers, parseSnapshots } from "./parser-targets.mjs";
import { members, peers } from "./peer-targets.mjs";

/** @type {readonly import("./target.mjs").Target[]} */
export const TARGETS = [
  parseKeys,
  parseJson,
  parseSnapshots,
  parsePeers,
  http,
  json,
  keys,
  restore,
  peers,
  members,
  frames,
  messages,
];
