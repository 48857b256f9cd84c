// Original file: packages/api-grpc/proto/ringkv/v1/ringkv.proto

import type { Long } from '@grpc/proto-loader';

export interface RestoreResponse {
  'restored'?: (number | string | Long);
  'skippedOlder'?: (number | string | Long);
  'skippedExpired'?: (number | string | Long);
  'total'?: (number | string | Long);
}

export interface RestoreResponse__Output {
  'restored': (number);
  'skippedOlder': (number);
  'skippedExpired': (number);
  'total': (number);
}
