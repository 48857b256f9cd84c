export * from "./signature.js";
export * from "./target.js";
export * from "./webhook.js";
