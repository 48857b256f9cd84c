export * from "./replication-queue.js";
