// Original file: packages/api-grpc/proto/ringkv/v1/ringkv.proto

import type { PutResponse as _ringkv_v1_PutResponse, PutResponse__Output as _ringkv_v1_PutResponse__Output } from '../../ringkv/v1/PutResponse.js';
import type { GetResponse as _ringkv_v1_GetResponse, GetResponse__Output as _ringkv_v1_GetResponse__Output } from '../../ringkv/v1/GetResponse.js';
import type { DeleteResponse as _ringkv_v1_DeleteResponse, DeleteResponse__Output as _ringkv_v1_DeleteResponse__Output } from '../../ringkv/v1/DeleteResponse.js';
import type { Failure as _ringkv_v1_Failure, Failure__Output as _ringkv_v1_Failure__Output } from '../../ringkv/v1/Failure.js';

export interface BatchResult {
  'put'?: (_ringkv_v1_PutResponse | null);
  'get'?: (_ringkv_v1_GetResponse | null);
  'delete'?: (_ringkv_v1_DeleteResponse | null);
  'failure'?: (_ringkv_v1_Failure | null);
  'result'?: "put"|"get"|"delete"|"failure";
}

export interface BatchResult__Output {
  'put'?: (_ringkv_v1_PutResponse__Output | null);
  'get'?: (_ringkv_v1_GetResponse__Output | null);
  'delete'?: (_ringkv_v1_DeleteResponse__Output | null);
  'failure'?: (_ringkv_v1_Failure__Output | null);
  'result'?: "put"|"get"|"delete"|"failure";
}
