// Original file: packages/api-grpc/proto/ringkv/v1/ringkv.proto

import type { Receipt as _ringkv_v1_Receipt, Receipt__Output as _ringkv_v1_Receipt__Output } from '../../ringkv/v1/Receipt.js';

export interface DeleteResponse {
  'receipt'?: (_ringkv_v1_Receipt | null);
  'existed'?: (boolean);
}

export interface DeleteResponse__Output {
  'receipt': (_ringkv_v1_Receipt__Output | null);
  'existed': (boolean);
}
