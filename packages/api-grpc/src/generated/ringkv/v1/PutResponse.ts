// Original file: packages/api-grpc/proto/ringkv/v1/ringkv.proto

import type { Receipt as _ringkv_v1_Receipt, Receipt__Output as _ringkv_v1_Receipt__Output } from '../../ringkv/v1/Receipt.js';

export interface PutResponse {
  'receipt'?: (_ringkv_v1_Receipt | null);
  'created'?: (boolean);
}

export interface PutResponse__Output {
  'receipt': (_ringkv_v1_Receipt__Output | null);
  'created': (boolean);
}
