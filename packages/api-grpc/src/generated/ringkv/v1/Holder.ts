// Original file: packages/api-grpc/proto/ringkv/v1/ringkv.proto

import type { MemberState as _ringkv_v1_MemberState, MemberState__Output as _ringkv_v1_MemberState__Output } from '../../ringkv/v1/MemberState.js';

export interface Holder {
  'node'?: (string);
  'state'?: (_ringkv_v1_MemberState);
  'answered'?: (boolean);
  'version'?: (string);
  '_version'?: "version";
}

export interface Holder__Output {
  'node': (string);
  'state': (_ringkv_v1_MemberState__Output);
  'answered': (boolean);
  'version'?: (string);
  '_version'?: "version";
}
