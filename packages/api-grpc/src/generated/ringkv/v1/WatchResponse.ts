// Original file: packages/api-grpc/proto/ringkv/v1/ringkv.proto

import type { MemberState as _ringkv_v1_MemberState, MemberState__Output as _ringkv_v1_MemberState__Output } from '../../ringkv/v1/MemberState.js';

export interface WatchResponse {
  'node'?: (string);
  'state'?: (_ringkv_v1_MemberState);
}

export interface WatchResponse__Output {
  'node': (string);
  'state': (_ringkv_v1_MemberState__Output);
}
