// Original file: packages/api-grpc/proto/ringkv/v1/ringkv.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { BatchRequest as _ringkv_v1_BatchRequest, BatchRequest__Output as _ringkv_v1_BatchRequest__Output } from '../../ringkv/v1/BatchRequest.js';
import type { BatchResponse as _ringkv_v1_BatchResponse, BatchResponse__Output as _ringkv_v1_BatchResponse__Output } from '../../ringkv/v1/BatchResponse.js';
import type { DeleteRequest as _ringkv_v1_DeleteRequest, DeleteRequest__Output as _ringkv_v1_DeleteRequest__Output } from '../../ringkv/v1/DeleteRequest.js';
import type { DeleteResponse as _ringkv_v1_DeleteResponse, DeleteResponse__Output as _ringkv_v1_DeleteResponse__Output } from '../../ringkv/v1/DeleteResponse.js';
import type { GetRequest as _ringkv_v1_GetRequest, GetRequest__Output as _ringkv_v1_GetRequest__Output } from '../../ringkv/v1/GetRequest.js';
import type { GetResponse as _ringkv_v1_GetResponse, GetResponse__Output as _ringkv_v1_GetResponse__Output } from '../../ringkv/v1/GetResponse.js';
import type { ListRequest as _ringkv_v1_ListRequest, ListRequest__Output as _ringkv_v1_ListRequest__Output } from '../../ringkv/v1/ListRequest.js';
import type { ListResponse as _ringkv_v1_ListResponse, ListResponse__Output as _ringkv_v1_ListResponse__Output } from '../../ringkv/v1/ListResponse.js';
import type { PutRequest as _ringkv_v1_PutRequest, PutRequest__Output as _ringkv_v1_PutRequest__Output } from '../../ringkv/v1/PutRequest.js';
import type { PutResponse as _ringkv_v1_PutResponse, PutResponse__Output as _ringkv_v1_PutResponse__Output } from '../../ringkv/v1/PutResponse.js';
import type { RestoreRequest as _ringkv_v1_RestoreRequest, RestoreRequest__Output as _ringkv_v1_RestoreRequest__Output } from '../../ringkv/v1/RestoreRequest.js';
import type { RestoreResponse as _ringkv_v1_RestoreResponse, RestoreResponse__Output as _ringkv_v1_RestoreResponse__Output } from '../../ringkv/v1/RestoreResponse.js';
import type { SnapshotRequest as _ringkv_v1_SnapshotRequest, SnapshotRequest__Output as _ringkv_v1_SnapshotRequest__Output } from '../../ringkv/v1/SnapshotRequest.js';
import type { SnapshotResponse as _ringkv_v1_SnapshotResponse, SnapshotResponse__Output as _ringkv_v1_SnapshotResponse__Output } from '../../ringkv/v1/SnapshotResponse.js';

export interface KeyValueStoreClient extends grpc.Client {
  Batch(argument: _ringkv_v1_BatchRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ringkv_v1_BatchResponse__Output>): grpc.ClientUnaryCall;
  Batch(argument: _ringkv_v1_BatchRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ringkv_v1_BatchResponse__Output>): grpc.ClientUnaryCall;
  Batch(argument: _ringkv_v1_BatchRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ringkv_v1_BatchResponse__Output>): grpc.ClientUnaryCall;
  Batch(argument: _ringkv_v1_BatchRequest, callback: grpc.requestCallback<_ringkv_v1_BatchResponse__Output>): grpc.ClientUnaryCall;
  batch(argument: _ringkv_v1_BatchRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ringkv_v1_BatchResponse__Output>): grpc.ClientUnaryCall;
  batch(argument: _ringkv_v1_BatchRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ringkv_v1_BatchResponse__Output>): grpc.ClientUnaryCall;
  batch(argument: _ringkv_v1_BatchRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ringkv_v1_BatchResponse__Output>): grpc.ClientUnaryCall;
  batch(argument: _ringkv_v1_BatchRequest, callback: grpc.requestCallback<_ringkv_v1_BatchResponse__Output>): grpc.ClientUnaryCall;
  
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
  
  List(argument: _ringkv_v1_ListRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_ringkv_v1_ListResponse__Output>;
  List(argument: _ringkv_v1_ListRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_ringkv_v1_ListResponse__Output>;
  list(argument: _ringkv_v1_ListRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_ringkv_v1_ListResponse__Output>;
  list(argument: _ringkv_v1_ListRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_ringkv_v1_ListResponse__Output>;
  
  Put(argument: _ringkv_v1_PutRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ringkv_v1_PutResponse__Output>): grpc.ClientUnaryCall;
  Put(argument: _ringkv_v1_PutRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ringkv_v1_PutResponse__Output>): grpc.ClientUnaryCall;
  Put(argument: _ringkv_v1_PutRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ringkv_v1_PutResponse__Output>): grpc.ClientUnaryCall;
  Put(argument: _ringkv_v1_PutRequest, callback: grpc.requestCallback<_ringkv_v1_PutResponse__Output>): grpc.ClientUnaryCall;
  put(argument: _ringkv_v1_PutRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ringkv_v1_PutResponse__Output>): grpc.ClientUnaryCall;
  put(argument: _ringkv_v1_PutRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ringkv_v1_PutResponse__Output>): grpc.ClientUnaryCall;
  put(argument: _ringkv_v1_PutRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ringkv_v1_PutResponse__Output>): grpc.ClientUnaryCall;
  put(argument: _ringkv_v1_PutRequest, callback: grpc.requestCallback<_ringkv_v1_PutResponse__Output>): grpc.ClientUnaryCall;
  
  Restore(metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ringkv_v1_RestoreResponse__Output>): grpc.ClientWritableStream<_ringkv_v1_RestoreRequest>;
  Restore(metadata: grpc.Metadata, callback: grpc.requestCallback<_ringkv_v1_RestoreResponse__Output>): grpc.ClientWritableStream<_ringkv_v1_RestoreRequest>;
  Restore(options: grpc.CallOptions, callback: grpc.requestCallback<_ringkv_v1_RestoreResponse__Output>): grpc.ClientWritableStream<_ringkv_v1_RestoreRequest>;
  Restore(callback: grpc.requestCallback<_ringkv_v1_RestoreResponse__Output>): grpc.ClientWritableStream<_ringkv_v1_RestoreRequest>;
  restore(metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ringkv_v1_RestoreResponse__Output>): grpc.ClientWritableStream<_ringkv_v1_RestoreRequest>;
  restore(metadata: grpc.Metadata, callback: grpc.requestCallback<_ringkv_v1_RestoreResponse__Output>): grpc.ClientWritableStream<_ringkv_v1_RestoreRequest>;
  restore(options: grpc.CallOptions, callback: grpc.requestCallback<_ringkv_v1_RestoreResponse__Output>): grpc.ClientWritableStream<_ringkv_v1_RestoreRequest>;
  restore(callback: grpc.requestCallback<_ringkv_v1_RestoreResponse__Output>): grpc.ClientWritableStream<_ringkv_v1_RestoreRequest>;
  
  Snapshot(argument: _ringkv_v1_SnapshotRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_ringkv_v1_SnapshotResponse__Output>;
  Snapshot(argument: _ringkv_v1_SnapshotRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_ringkv_v1_SnapshotResponse__Output>;
  snapshot(argument: _ringkv_v1_SnapshotRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_ringkv_v1_SnapshotResponse__Output>;
  snapshot(argument: _ringkv_v1_SnapshotRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_ringkv_v1_SnapshotResponse__Output>;
  
}

export interface KeyValueStoreHandlers extends grpc.UntypedServiceImplementation {
  Batch: grpc.handleUnaryCall<_ringkv_v1_BatchRequest__Output, _ringkv_v1_BatchResponse>;
  
  Delete: grpc.handleUnaryCall<_ringkv_v1_DeleteRequest__Output, _ringkv_v1_DeleteResponse>;
  
  Get: grpc.handleUnaryCall<_ringkv_v1_GetRequest__Output, _ringkv_v1_GetResponse>;
  
  List: grpc.handleServerStreamingCall<_ringkv_v1_ListRequest__Output, _ringkv_v1_ListResponse>;
  
  Put: grpc.handleUnaryCall<_ringkv_v1_PutRequest__Output, _ringkv_v1_PutResponse>;
  
  Restore: grpc.handleClientStreamingCall<_ringkv_v1_RestoreRequest__Output, _ringkv_v1_RestoreResponse>;
  
  Snapshot: grpc.handleServerStreamingCall<_ringkv_v1_SnapshotRequest__Output, _ringkv_v1_SnapshotResponse>;
  
}

export interface KeyValueStoreDefinition extends grpc.ServiceDefinition {
  Batch: MethodDefinition<_ringkv_v1_BatchRequest, _ringkv_v1_BatchResponse, _ringkv_v1_BatchRequest__Output, _ringkv_v1_BatchResponse__Output>
  Delete: MethodDefinition<_ringkv_v1_DeleteRequest, _ringkv_v1_DeleteResponse, _ringkv_v1_DeleteRequest__Output, _ringkv_v1_DeleteResponse__Output>
  Get: MethodDefinition<_ringkv_v1_GetRequest, _ringkv_v1_GetResponse, _ringkv_v1_GetRequest__Output, _ringkv_v1_GetResponse__Output>
  List: MethodDefinition<_ringkv_v1_ListRequest, _ringkv_v1_ListResponse, _ringkv_v1_ListRequest__Output, _ringkv_v1_ListResponse__Output>
  Put: MethodDefinition<_ringkv_v1_PutRequest, _ringkv_v1_PutResponse, _ringkv_v1_PutRequest__Output, _ringkv_v1_PutResponse__Output>
  Restore: MethodDefinition<_ringkv_v1_RestoreRequest, _ringkv_v1_RestoreResponse, _ringkv_v1_RestoreRequest__Output, _ringkv_v1_RestoreResponse__Output>
  Snapshot: MethodDefinition<_ringkv_v1_SnapshotRequest, _ringkv_v1_SnapshotResponse, _ringkv_v1_SnapshotRequest__Output, _ringkv_v1_SnapshotResponse__Output>
}
