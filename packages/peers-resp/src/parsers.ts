/** What reads the bytes of peers, for whoever tries it with all kinds of them. Nothing else. */

export { decodePartition } from "./contents.js";
export { type DialDeps, dial } from "./dial.js";
export { FrameGuard } from "./frame-guard.js";
export { decodeInquiry } from "./inquiring.js";
export { decodeDigests, decodePage, decodePageAsk, decodeVersions } from "./inventory.js";
export { decodeKeyAsk, decodeKeyPage } from "./key-listing.js";
export { CALLER_LIMITS } from "./limits.js";
export { Malformed } from "./malformed.js";
export { decodeAlert, decodeNotices } from "./noticing.js";
export { decodeKeys, decodeRecords } from "./payload.js";
export { decodeHeld } from "./purging.js";
export { decodeBeat, decodeHello, decodeStamp, decodeVoteRequest } from "./wire.js";
