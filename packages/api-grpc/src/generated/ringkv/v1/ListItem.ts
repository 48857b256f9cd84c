// Original file: packages/api-grpc/proto/ringkv/v1/ringkv.proto

import type { Long } from '@grpc/proto-loader';

export interface ListItem {
  'key'?: (string);
  'version'?: (string);
  'value'?: (Buffer | Uint8Array | string);
  'contentType'?: (string);
  'expiresAtMs'?: (number | string | Long);
  '_value'?: "value";
  '_contentType'?: "contentType";
  '_expiresAtMs'?: "expiresAtMs";
}

export interface ListItem__Output {
  'key': (string);
  'version': (string);
  'value'?: (Buffer);
  'contentType'?: (string);
  'expiresAtMs'?: (number);
  '_value'?: "value";
  '_contentType'?: "contentType";
  '_expiresAtMs'?: "expiresAtMs";
}
