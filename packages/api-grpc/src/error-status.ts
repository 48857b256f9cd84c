/** Which gRPC status each failure becomes. A code without a row here does not compile. */

import { status } from "@grpc/grpc-js";
import type { ErrorCode, Outcome } from "@ringkv/core";

/** What the store can say, and `internal`: a bug. */
export type ApiCode = ErrorCode | "internal";

/** When nothing was done. */
export const GRPC_STATUS = {
  invalid_request: status.INVALID_ARGUMENT,
  unauthenticated: status.UNAUTHENTICATED,
  forbidden: status.PERMISSION_DENIED,
  not_found: status.NOT_FOUND,
  too_large: status.RESOURCE_EXHAUSTED,
  overloaded: status.RESOURCE_EXHAUSTED,
  not_supported: status.UNIMPLEMENTED,
  quorum_unreachable: status.UNAVAILABLE,
  store_unavailable: status.UNAVAILABLE,
  recovering: status.UNAVAILABLE,
  shutting_down: status.UNAVAILABLE,
  store_full: status.RESOURCE_EXHAUSTED,
  invalid_snapshot: status.INVALID_ARGUMENT,
  internal: status.INTERNAL,
} as const satisfies Record<ApiCode, status>;

/** What stock clients repeat by themselves, because it says that nothing was done. */
const REPEATED: readonly status[] = [status.UNAVAILABLE, status.RESOURCE_EXHAUSTED];

/** Of what may have been done, only DEADLINE_EXCEEDED can be said, unless it is wrong in itself. */
export function statusOf(code: ApiCode, outcome: Outcome): status {
  const told = GRPC_STATUS[code];
  return outcome === "unknown" && REPEATED.includes(told) ? status.DEADLINE_EXCEEDED : told;
}
