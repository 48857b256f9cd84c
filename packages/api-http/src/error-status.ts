/** Which HTTP status each failure becomes. A code without a row here does not compile. */

import type { ErrorCode } from "@ringkv/core";

/** What only HTTP can get wrong, and `internal`: a bug. */
export type HttpCode =
  | "method_not_allowed"
  | "request_timeout"
  | "unsupported_media_type"
  | "range_not_satisfiable"
  | "uri_too_long"
  | "headers_too_large"
  | "internal";

export type ApiCode = ErrorCode | HttpCode;

export const HTTP_STATUS = {
  invalid_request: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  request_timeout: 408,
  too_large: 413,
  uri_too_long: 414,
  unsupported_media_type: 415,
  range_not_satisfiable: 416,
  invalid_snapshot: 422,
  overloaded: 429,
  headers_too_large: 431,
  internal: 500,
  not_supported: 501,
  quorum_unreachable: 503,
  store_unavailable: 503,
  recovering: 503,
  shutting_down: 503,
  store_full: 507,
} as const satisfies Record<ApiCode, number>;
