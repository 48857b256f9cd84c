// Original file: packages/api-grpc/proto/ringkv/v1/ringkv.proto

import type { MemberState as _ringkv_v1_MemberState, MemberState__Output as _ringkv_v1_MemberState__Output } from '../../ringkv/v1/MemberState.js';
import type { Member as _ringkv_v1_Member, Member__Output as _ringkv_v1_Member__Output } from '../../ringkv/v1/Member.js';
import type { Recovery as _ringkv_v1_Recovery, Recovery__Output as _ringkv_v1_Recovery__Output } from '../../ringkv/v1/Recovery.js';
import type { Long } from '@grpc/proto-loader';

export interface StatusResponse {
  'node'?: (string);
  'state'?: (_ringkv_v1_MemberState);
  'incarnation'?: (number);
  'members'?: (_ringkv_v1_Member)[];
  'leader'?: (string);
  'term'?: (number | string | Long);
  'storeAnswers'?: (boolean);
  'records'?: (number | string | Long);
  'foreignRecords'?: (number | string | Long);
  'ownedPartitions'?: (number);
  'foreignPartitions'?: (number);
  'differingPartitions'?: (number);
  'recovery'?: (_ringkv_v1_Recovery | null);
}

export interface StatusResponse__Output {
  'node': (string);
  'state': (_ringkv_v1_MemberState__Output);
  'incarnation': (number);
  'members': (_ringkv_v1_Member__Output)[];
  'leader': (string);
  'term': (number);
  'storeAnswers': (boolean);
  'records': (number);
  'foreignRecords': (number);
  'ownedPartitions': (number);
  'foreignPartitions': (number);
  'differingPartitions': (number);
  'recovery': (_ringkv_v1_Recovery__Output | null);
}
