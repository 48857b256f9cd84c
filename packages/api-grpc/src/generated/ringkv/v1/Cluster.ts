// Original file: packages/api-grpc/proto/ringkv/v1/ringkv.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { LocateRequest as _ringkv_v1_LocateRequest, LocateRequest__Output as _ringkv_v1_LocateRequest__Output } from '../../ringkv/v1/LocateRequest.js';
import type { LocateResponse as _ringkv_v1_LocateResponse, LocateResponse__Output as _ringkv_v1_LocateResponse__Output } from '../../ringkv/v1/LocateResponse.js';
import type { StatusRequest as _ringkv_v1_StatusRequest, StatusRequest__Output as _ringkv_v1_StatusRequest__Output } from '../../ringkv/v1/StatusRequest.js';
import type { StatusResponse as _ringkv_v1_StatusResponse, StatusResponse__Output as _ringkv_v1_StatusResponse__Output } from '../../ringkv/v1/StatusResponse.js';
import type { WatchRequest as _ringkv_v1_WatchRequest, WatchRequest__Output as _ringkv_v1_WatchRequest__Output } from '../../ringkv/v1/WatchRequest.js';
import type { WatchResponse as _ringkv_v1_WatchResponse, WatchResponse__Output as _ringkv_v1_WatchResponse__Output } from '../../ringkv/v1/WatchResponse.js';

export interface ClusterClient extends grpc.Client {
  Locate(argument: _ringkv_v1_LocateRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ringkv_v1_LocateResponse__Output>): grpc.ClientUnaryCall;
  Locate(argument: _ringkv_v1_LocateRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ringkv_v1_LocateResponse__Output>): grpc.ClientUnaryCall;
  Locate(argument: _ringkv_v1_LocateRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ringkv_v1_LocateResponse__Output>): grpc.ClientUnaryCall;
  Locate(argument: _ringkv_v1_LocateRequest, callback: grpc.requestCallback<_ringkv_v1_LocateResponse__Output>): grpc.ClientUnaryCall;
  locate(argument: _ringkv_v1_LocateRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ringkv_v1_LocateResponse__Output>): grpc.ClientUnaryCall;
  locate(argument: _ringkv_v1_LocateRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ringkv_v1_LocateResponse__Output>): grpc.ClientUnaryCall;
  locate(argument: _ringkv_v1_LocateRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ringkv_v1_LocateResponse__Output>): grpc.ClientUnaryCall;
  locate(argument: _ringkv_v1_LocateRequest, callback: grpc.requestCallback<_ringkv_v1_LocateResponse__Output>): grpc.ClientUnaryCall;
  
  Status(argument: _ringkv_v1_StatusRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ringkv_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  Status(argument: _ringkv_v1_StatusRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ringkv_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  Status(argument: _ringkv_v1_StatusRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ringkv_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  Status(argument: _ringkv_v1_StatusRequest, callback: grpc.requestCallback<_ringkv_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  status(argument: _ringkv_v1_StatusRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ringkv_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  status(argument: _ringkv_v1_StatusRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ringkv_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  status(argument: _ringkv_v1_StatusRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ringkv_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  status(argument: _ringkv_v1_StatusRequest, callback: grpc.requestCallback<_ringkv_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  
  Watch(argument: _ringkv_v1_WatchRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_ringkv_v1_WatchResponse__Output>;
  Watch(argument: _ringkv_v1_WatchRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_ringkv_v1_WatchResponse__Output>;
  watch(argument: _ringkv_v1_WatchRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_ringkv_v1_WatchResponse__Output>;
  watch(argument: _ringkv_v1_WatchRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_ringkv_v1_WatchResponse__Output>;
  
}

export interface ClusterHandlers extends grpc.UntypedServiceImplementation {
  Locate: grpc.handleUnaryCall<_ringkv_v1_LocateRequest__Output, _ringkv_v1_LocateResponse>;
  
  Status: grpc.handleUnaryCall<_ringkv_v1_StatusRequest__Output, _ringkv_v1_StatusResponse>;
  
  Watch: grpc.handleServerStreamingCall<_ringkv_v1_WatchRequest__Output, _ringkv_v1_WatchResponse>;
  
}

export interface ClusterDefinition extends grpc.ServiceDefinition {
  Locate: MethodDefinition<_ringkv_v1_LocateRequest, _ringkv_v1_LocateResponse, _ringkv_v1_LocateRequest__Output, _ringkv_v1_LocateResponse__Output>
  Status: MethodDefinition<_ringkv_v1_StatusRequest, _ringkv_v1_StatusResponse, _ringkv_v1_StatusRequest__Output, _ringkv_v1_StatusResponse__Output>
  Watch: MethodDefinition<_ringkv_v1_WatchRequest, _ringkv_v1_WatchResponse, _ringkv_v1_WatchRequest__Output, _ringkv_v1_WatchResponse__Output>
}
