export * from "./job-counts.js";
export * from "./replication-queue.js";
export * from "./snapshot-schedule.js";
