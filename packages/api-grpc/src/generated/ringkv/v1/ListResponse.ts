// Original file: packages/api-grpc/proto/ringkv/v1/ringkv.proto

import type { ListItem as _ringkv_v1_ListItem, ListItem__Output as _ringkv_v1_ListItem__Output } from '../../ringkv/v1/ListItem.js';

export interface ListResponse {
  'items'?: (_ringkv_v1_ListItem)[];
}

export interface ListResponse__Output {
  'items': (_ringkv_v1_ListItem__Output)[];
}
