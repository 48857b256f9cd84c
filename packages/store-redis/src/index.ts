export type { ConnectionOptions } from "./connection.js";
export * from "./open-store.js";
