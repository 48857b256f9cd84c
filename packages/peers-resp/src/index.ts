export { type Address, PeerServer, type PeerServerDeps } from "./callee.js";
export { RespPeers, type RespPeersDeps } from "./caller.js";
export type { Self } from "./identity.js";
export { MESSAGE_BYTES_MAX } from "./limits.js";
