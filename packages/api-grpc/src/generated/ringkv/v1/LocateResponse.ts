// Original file: packages/api-grpc/proto/ringkv/v1/ringkv.proto

import type { Holder as _ringkv_v1_Holder, Holder__Output as _ringkv_v1_Holder__Output } from '../../ringkv/v1/Holder.js';

export interface LocateResponse {
  'key'?: (string);
  'partition'?: (number);
  'walk'?: (string)[];
  'owners'?: (string)[];
  'holders'?: (_ringkv_v1_Holder)[];
}

export interface LocateResponse__Output {
  'key': (string);
  'partition': (number);
  'walk': (string)[];
  'owners': (string)[];
  'holders': (_ringkv_v1_Holder__Output)[];
}
