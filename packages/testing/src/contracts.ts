/** The contract suites. A second entry, because they only run inside Jest and the simulator does not. */

export * from "./hostile-data.js";
export * from "./meta-store-contract.js";
export * from "./record-store-contract.js";
