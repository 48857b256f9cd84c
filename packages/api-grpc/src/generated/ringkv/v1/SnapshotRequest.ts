// Original file: packages/api-grpc/proto/ringkv/v1/ringkv.proto

import type { Scope as _ringkv_v1_Scope, Scope__Output as _ringkv_v1_Scope__Output } from '../../ringkv/v1/Scope.js';

export interface SnapshotRequest {
  'scope'?: (_ringkv_v1_Scope);
  'prefix'?: (string);
}

export interface SnapshotRequest__Output {
  'scope': (_ringkv_v1_Scope__Output);
  'prefix': (string);
}
