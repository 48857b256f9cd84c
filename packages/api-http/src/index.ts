export * from "./app.js";
export * from "./cursors.js";
export * from "./engine-needs.js";
export * from "./error-status.js";
export * from "./openapi/document.js";
export * from "./server.js";
