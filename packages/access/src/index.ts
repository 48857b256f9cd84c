export * from "./access.js";
export * from "./entry.js";
export * from "./grant.js";
export * from "./token.js";
