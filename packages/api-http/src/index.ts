export * from "./app.js";
export { BOARD_PATH } from "./board-route.js";
export * from "./cursors.js";
export * from "./engine-needs.js";
export * from "./error-status.js";
export { letMembersRead, originsOf } from "./member-origins.js";
// The type alone: the document and its generator are loaded when somebody asks for it.
export type { DocumentOptions, OpenApiDocument } from "./openapi/document.js";
export type { OperatorSettings } from "./operator-routes.js";
export * from "./server.js";
