// Original file: packages/api-grpc/proto/ringkv/v1/ringkv.proto

import type { Long } from '@grpc/proto-loader';

export interface Recovery {
  'isOver'?: (boolean);
  'partitionsLeft'?: (number);
  'recordsLeft'?: (number | string | Long);
  'recordsCopied'?: (number | string | Long);
  'bytesCopied'?: (number | string | Long);
}

export interface Recovery__Output {
  'isOver': (boolean);
  'partitionsLeft': (number);
  'recordsLeft': (number);
  'recordsCopied': (number);
  'bytesCopied': (number);
}
