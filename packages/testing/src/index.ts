export * from "./memory-meta-store.js";
export * from "./memory-record-store.js";
