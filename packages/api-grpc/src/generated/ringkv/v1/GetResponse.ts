// Original file: packages/api-grpc/proto/ringkv/v1/ringkv.proto

import type { Long } from '@grpc/proto-loader';

export interface GetResponse {
  'found'?: (boolean);
  'value'?: (Buffer | Uint8Array | string);
  'contentType'?: (string);
  'version'?: (string);
  'expiresAtMs'?: (number | string | Long);
  '_expiresAtMs'?: "expiresAtMs";
}

export interface GetResponse__Output {
  'found': (boolean);
  'value': (Buffer);
  'contentType': (string);
  'version': (string);
  'expiresAtMs'?: (number);
  '_expiresAtMs'?: "expiresAtMs";
}
