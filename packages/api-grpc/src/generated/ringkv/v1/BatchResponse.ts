// Original file: packages/api-grpc/proto/ringkv/v1/ringkv.proto

import type { BatchResult as _ringkv_v1_BatchResult, BatchResult__Output as _ringkv_v1_BatchResult__Output } from '../../ringkv/v1/BatchResult.js';

export interface BatchResponse {
  'results'?: (_ringkv_v1_BatchResult)[];
}

export interface BatchResponse__Output {
  'results': (_ringkv_v1_BatchResult__Output)[];
}
