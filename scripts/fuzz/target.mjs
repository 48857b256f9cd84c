/**
 * What a target of fuzzing is: where its inputs come from, and what is wrong with how the node took
 * one of them.
 */

/**
 * @typedef {object} Ground what targets are tried on
 * @property {import("./raw-socket.mjs").Place} http
 * @property {import("./raw-socket.mjs").Place} grpc
 * @property {import("./raw-socket.mjs").Place} peer
 * @property {import("./oracles.mjs").Ledger} ledger
 * @property {string} secret
 * @property {readonly string[]} members
 */

/**
 * @typedef {object} Trial one that is tried by one lane
 * @property {import("fast-check").Arbitrary<any>} arbitrary
 * @property {(input: any) => Promise<string> | string} tryOut what is wrong; empty: nothing
 * @property {() => void} close
 */

/**
 * @typedef {object} Target
 * @property {string} name
 * @property {string} what
 * @property {"socket" | "in process"} where
 * @property {number} share of all inputs, in hundredths
 * @property {number} [lanes] how many may try it at once, where that is limited
 * @property {(ground: Ground) => Promise<Trial>} open
 */

/**
 * What tries the inputs of `arbitrary`: so that both are of one type.
 *
 * @template T
 * @param {{
 *   arbitrary: import("fast-check").Arbitrary<T>,
 *   tryOut: (input: T) => Promise<string> | string,
 *   close: () => void,
 * }} parts
 * @returns {Trial}
 */
export function trial(parts) {
  return parts;
}
