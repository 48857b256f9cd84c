// Original file: packages/api-grpc/proto/ringkv/v1/ringkv.proto

import type { BatchOperation as _ringkv_v1_BatchOperation, BatchOperation__Output as _ringkv_v1_BatchOperation__Output } from '../../ringkv/v1/BatchOperation.js';

export interface BatchRequest {
  'operations'?: (_ringkv_v1_BatchOperation)[];
  'w'?: (number);
  'r'?: (number);
  '_w'?: "w";
  '_r'?: "r";
}

export interface BatchRequest__Output {
  'operations': (_ringkv_v1_BatchOperation__Output)[];
  'w'?: (number);
  'r'?: (number);
  '_w'?: "w";
  '_r'?: "r";
}
