// Original file: packages/api-grpc/proto/ringkv/v1/ringkv.proto

import type { RestoreMode as _ringkv_v1_RestoreMode, RestoreMode__Output as _ringkv_v1_RestoreMode__Output } from '../../ringkv/v1/RestoreMode.js';

export interface RestoreRequest {
  'mode'?: (_ringkv_v1_RestoreMode);
  'dryRun'?: (boolean);
  'chunk'?: (Buffer | Uint8Array | string);
}

export interface RestoreRequest__Output {
  'mode': (_ringkv_v1_RestoreMode__Output);
  'dryRun': (boolean);
  'chunk': (Buffer);
}
