// Original file: packages/api-grpc/proto/ringkv/v1/ringkv.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { DeleteRequest as _ringkv_v1_DeleteRequest, DeleteRequest__Output as _ringkv_v1_DeleteRequest__Output } from '../../ringkv/v1/DeleteRequest.js';
import type { DeleteResponse as _ringkv_v1_DeleteResponse, DeleteResponse__Output as _ringkv_v1_DeleteResponse__Output } from '../../ringkv/v1/DeleteResponse.js';
import type { GetRequest as _ringkv_v1_GetRequest, GetRequest__Output as _ringkv_v1_GetRequest__Output } from '../../ringkv/v1/GetRequest.js';
import type { GetResponse as _ringkv_v1_GetResponse, GetResponse__Output as _ringkv_v1_GetResponse__Output } from '../../ringkv/v1/GetResponse.js';
import type { PutRequest as _ringkv_v1_PutRequest, PutRequest__Output as _ringkv_v1_PutRequest__Output } from '../../ringkv/v1/PutRequest.js';
import type { PutResponse as _ringkv_v1_PutResponse, PutResponse__Output as _ringkv_v1_PutResponse__Output } from '../../ringkv/v1/PutResponse.js';

export interface KeyValueStoreClient extends grpc.Client {
  Delete(argument: _ringkv_v1_DeleteRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ringkv_v1_DeleteResponse__Output>): grpc.ClientUnaryCall;
  Delete(argument: _ringkv_v1_DeleteRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ringkv_v1_DeleteResponse__Output>): grpc.ClientUnaryCall;
  Delete(argument: _ringkv_v1_DeleteRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ringkv_v1_DeleteResponse__Output>): grpc.ClientUnaryCall;
  Delete(argument: _ringkv_v1_DeleteRequest, callback: grpc.requestCallback<_ringkv_v1_DeleteResponse__Output>): grpc.ClientUnaryCall;
  delete(argument: _ringkv_v1_DeleteRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ringkv_v1_DeleteResponse__Output>): grpc.ClientUnaryCall;
  delete(argument: _ringkv_v1_DeleteRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ringkv_v1_DeleteResponse__Output>): grpc.ClientUnaryCall;
  delete(argument: _ringkv_v1_DeleteRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ringkv_v1_DeleteResponse__Output>): grpc.ClientUnaryCall;
  delete(argument: _ringkv_v1_DeleteRequest, callback: grpc.requestCallback<_ringkv_v1_DeleteResponse__Output>): grpc.ClientUnaryCall;
  
  Get(argument: _ringkv_v1_GetRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ringkv_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  Get(argument: _ringkv_v1_GetRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ringkv_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  Get(argument: _ringkv_v1_GetRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ringkv_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  Get(argument: _ringkv_v1_GetRequest, callback: grpc.requestCallback<_ringkv_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  get(argument: _ringkv_v1_GetRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ringkv_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  get(argument: _ringkv_v1_GetRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ringkv_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  get(argument: _ringkv_v1_GetRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ringkv_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  get(argument: _ringkv_v1_GetRequest, callback: grpc.requestCallback<_ringkv_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  
  Put(argument: _ringkv_v1_PutRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ringkv_v1_PutResponse__Output>): grpc.ClientUnaryCall;
  Put(argument: _ringkv_v1_PutRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ringkv_v1_PutResponse__Output>): grpc.ClientUnaryCall;
  Put(argument: _ringkv_v1_PutRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ringkv_v1_PutResponse__Output>): grpc.ClientUnaryCall;
  Put(argument: _ringkv_v1_PutRequest, callback: grpc.requestCallback<_ringkv_v1_PutResponse__Output>): grpc.ClientUnaryCall;
  put(argument: _ringkv_v1_PutRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ringkv_v1_PutResponse__Output>): grpc.ClientUnaryCall;
  put(argument: _ringkv_v1_PutRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ringkv_v1_PutResponse__Output>): grpc.ClientUnaryCall;
  put(argument: _ringkv_v1_PutRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ringkv_v1_PutResponse__Output>): grpc.ClientUnaryCall;
  put(argument: _ringkv_v1_PutRequest, callback: grpc.requestCallback<_ringkv_v1_PutResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface KeyValueStoreHandlers extends grpc.UntypedServiceImplementation {
  Delete: grpc.handleUnaryCall<_ringkv_v1_DeleteRequest__Output, _ringkv_v1_DeleteResponse>;
  
  Get: grpc.handleUnaryCall<_ringkv_v1_GetRequest__Output, _ringkv_v1_GetResponse>;
  
  Put: grpc.handleUnaryCall<_ringkv_v1_PutRequest__Output, _ringkv_v1_PutResponse>;
  
}

export interface KeyValueStoreDefinition extends grpc.ServiceDefinition {
  Delete: MethodDefinition<_ringkv_v1_DeleteRequest, _ringkv_v1_DeleteResponse, _ringkv_v1_DeleteRequest__Output, _ringkv_v1_DeleteResponse__Output>
  Get: MethodDefinition<_ringkv_v1_GetRequest, _ringkv_v1_GetResponse, _ringkv_v1_GetRequest__Output, _ringkv_v1_GetResponse__Output>
  Put: MethodDefinition<_ringkv_v1_PutRequest, _ringkv_v1_PutResponse, _ringkv_v1_PutRequest__Output, _ringkv_v1_PutResponse__Output>
}
