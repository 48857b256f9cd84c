/**
 * What is done to the cluster before a section of the collection is run. What must have happened
 * before the first request means something, the section waits for itself: its requests are asked
 * again until it is so, for people in Postman as for this runner.
 */

/** @typedef {"node1" | "node2" | "node3"} NodeName */
/** @typedef {{action: "stop" | "start", node: NodeName}} Step */

/** By the section's number; the words after it may change. @type {ReadonlyMap<string, Step>} */
const STEPS = new Map([
  ["3b", { action: "stop", node: "node2" }],
  ["3c", { action: "start", node: "node2" }],
  ["8b", { action: "stop", node: "node2" }],
  ["8c", { action: "start", node: "node2" }],
]);

/** The sections that the table above names, for the test that they exist. */
export const PLANNED = [...STEPS.keys()];

/** Null: it is run on the cluster as it is. @param {string} section @returns {Step | null} */
export function stepBefore(section) {
  return STEPS.get(numberOf(section)) ?? null;
}

/** `3b` of `3b While node2 is stopped`. @param {string} section */
export function numberOf(section) {
  return section.split(" ", 1)[0] ?? "";
}
