export * from "./notice-queue.js";
export * from "./replication-queue.js";
