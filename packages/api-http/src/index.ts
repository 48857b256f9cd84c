export * from "./app.js";
export * from "./cursors.js";
export * from "./engine-needs.js";
export * from "./error-status.js";
export { letMembersRead, originsOf } from "./member-origins.js";
export * from "./openapi/document.js";
export type { OperatorSettings } from "./operator-routes.js";
export * from "./server.js";
