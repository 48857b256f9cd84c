export * from "./engine-needs.js";
export * from "./error-status.js";
export * from "./grpc-api.js";
