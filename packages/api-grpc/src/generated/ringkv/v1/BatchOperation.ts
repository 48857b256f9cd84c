// Original file: packages/api-grpc/proto/ringkv/v1/ringkv.proto

import type { PutRequest as _ringkv_v1_PutRequest, PutRequest__Output as _ringkv_v1_PutRequest__Output } from '../../ringkv/v1/PutRequest.js';
import type { GetRequest as _ringkv_v1_GetRequest, GetRequest__Output as _ringkv_v1_GetRequest__Output } from '../../ringkv/v1/GetRequest.js';
import type { DeleteRequest as _ringkv_v1_DeleteRequest, DeleteRequest__Output as _ringkv_v1_DeleteRequest__Output } from '../../ringkv/v1/DeleteRequest.js';

export interface BatchOperation {
  'put'?: (_ringkv_v1_PutRequest | null);
  'get'?: (_ringkv_v1_GetRequest | null);
  'delete'?: (_ringkv_v1_DeleteRequest | null);
  'operation'?: "put"|"get"|"delete";
}

export interface BatchOperation__Output {
  'put'?: (_ringkv_v1_PutRequest__Output | null);
  'get'?: (_ringkv_v1_GetRequest__Output | null);
  'delete'?: (_ringkv_v1_DeleteRequest__Output | null);
  'operation'?: "put"|"get"|"delete";
}
