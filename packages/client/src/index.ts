export * from "./answers.js";
export { type ClientOptions, RingkvClient } from "./client.js";
export {
  type ClientCode,
  type ErrorCode,
  type FailedAttempt,
  type Outcome,
  RingkvError,
  type ServerCode,
} from "./errors.js";
export type { ExplainedReading, PutOptions, ReadOptions, WriteOptions } from "./kv-calls.js";
export { linesOf } from "./lines.js";
export type { BatchOptions, ListOptions } from "./list-calls.js";
export type { ServerEvent } from "./server-events.js";
export type { CallOptions } from "./session.js";
export type { RestoreOptions, SnapshotOptions, SnapshotSource } from "./snapshot-calls.js";
export { checkedLines, type SnapshotSummary, type SnapshotTrailer } from "./snapshot-check.js";
export type { TaskChange } from "./task-calls.js";
