export * from "./memory-meta-store.js";
export * from "./memory-record-store.js";
export * from "./open-redis.js";
