// Original file: packages/api-grpc/proto/ringkv/v1/ringkv.proto

import type { Long } from '@grpc/proto-loader';

export interface Receipt {
  'key'?: (string);
  'version'?: (string);
  'partition'?: (number);
  'primary'?: (string);
  'stored'?: (string)[];
  'standIns'?: (string)[];
  'w'?: (number);
  'expiresAtMs'?: (number | string | Long);
  '_expiresAtMs'?: "expiresAtMs";
}

export interface Receipt__Output {
  'key': (string);
  'version': (string);
  'partition': (number);
  'primary': (string);
  'stored': (string)[];
  'standIns': (string)[];
  'w': (number);
  'expiresAtMs'?: (number);
  '_expiresAtMs'?: "expiresAtMs";
}
