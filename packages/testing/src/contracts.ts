/** The contract suites: a second entry, because they need Jest and the simulator runs without. */

export * from "./hostile-data.js";
export * from "./meta-store-contract.js";
export * from "./record-store-contract.js";
export * from "./snapshot-archive-contract.js";
