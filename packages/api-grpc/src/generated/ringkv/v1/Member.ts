// Original file: packages/api-grpc/proto/ringkv/v1/ringkv.proto

import type { MemberState as _ringkv_v1_MemberState, MemberState__Output as _ringkv_v1_MemberState__Output } from '../../ringkv/v1/MemberState.js';
import type { Long } from '@grpc/proto-loader';

export interface Member {
  'node'?: (string);
  'state'?: (_ringkv_v1_MemberState);
  'heardAgoMs'?: (number | string | Long);
  'incarnation'?: (number);
  '_heardAgoMs'?: "heardAgoMs";
  '_incarnation'?: "incarnation";
}

export interface Member__Output {
  'node': (string);
  'state': (_ringkv_v1_MemberState__Output);
  'heardAgoMs'?: (number);
  'incarnation'?: (number);
  '_heardAgoMs'?: "heardAgoMs";
  '_incarnation'?: "incarnation";
}
