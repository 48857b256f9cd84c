export * from "./job-counts.js";
export * from "./notice-queue.js";
export * from "./replication-queue.js";
export * from "./snapshot-schedule.js";
