export { type Address, PeerServer, type PeerServerDeps } from "./callee.js";
export { RespPeers, type RespPeersDeps } from "./caller.js";
export type { Self } from "./identity.js";
export { BUDGET_MS_MAX, MESSAGE_BYTES_MAX } from "./limits.js";
export * from "./peer-faults.js";
export type { PeerTls } from "./peer-tls.js";
