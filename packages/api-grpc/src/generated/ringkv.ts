import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { BatchOperation as _ringkv_v1_BatchOperation, BatchOperation__Output as _ringkv_v1_BatchOperation__Output } from './ringkv/v1/BatchOperation.js';
import type { BatchRequest as _ringkv_v1_BatchRequest, BatchRequest__Output as _ringkv_v1_BatchRequest__Output } from './ringkv/v1/BatchRequest.js';
import type { BatchResponse as _ringkv_v1_BatchResponse, BatchResponse__Output as _ringkv_v1_BatchResponse__Output } from './ringkv/v1/BatchResponse.js';
import type { BatchResult as _ringkv_v1_BatchResult, BatchResult__Output as _ringkv_v1_BatchResult__Output } from './ringkv/v1/BatchResult.js';
import type { ClusterClient as _ringkv_v1_ClusterClient, ClusterDefinition as _ringkv_v1_ClusterDefinition } from './ringkv/v1/Cluster.js';
import type { DeleteRequest as _ringkv_v1_DeleteRequest, DeleteRequest__Output as _ringkv_v1_DeleteRequest__Output } from './ringkv/v1/DeleteRequest.js';
import type { DeleteResponse as _ringkv_v1_DeleteResponse, DeleteResponse__Output as _ringkv_v1_DeleteResponse__Output } from './ringkv/v1/DeleteResponse.js';
import type { Failure as _ringkv_v1_Failure, Failure__Output as _ringkv_v1_Failure__Output } from './ringkv/v1/Failure.js';
import type { GetRequest as _ringkv_v1_GetRequest, GetRequest__Output as _ringkv_v1_GetRequest__Output } from './ringkv/v1/GetRequest.js';
import type { GetResponse as _ringkv_v1_GetResponse, GetResponse__Output as _ringkv_v1_GetResponse__Output } from './ringkv/v1/GetResponse.js';
import type { Holder as _ringkv_v1_Holder, Holder__Output as _ringkv_v1_Holder__Output } from './ringkv/v1/Holder.js';
import type { KeyValueStoreClient as _ringkv_v1_KeyValueStoreClient, KeyValueStoreDefinition as _ringkv_v1_KeyValueStoreDefinition } from './ringkv/v1/KeyValueStore.js';
import type { ListItem as _ringkv_v1_ListItem, ListItem__Output as _ringkv_v1_ListItem__Output } from './ringkv/v1/ListItem.js';
import type { ListRequest as _ringkv_v1_ListRequest, ListRequest__Output as _ringkv_v1_ListRequest__Output } from './ringkv/v1/ListRequest.js';
import type { ListResponse as _ringkv_v1_ListResponse, ListResponse__Output as _ringkv_v1_ListResponse__Output } from './ringkv/v1/ListResponse.js';
import type { LocateRequest as _ringkv_v1_LocateRequest, LocateRequest__Output as _ringkv_v1_LocateRequest__Output } from './ringkv/v1/LocateRequest.js';
import type { LocateResponse as _ringkv_v1_LocateResponse, LocateResponse__Output as _ringkv_v1_LocateResponse__Output } from './ringkv/v1/LocateResponse.js';
import type { Member as _ringkv_v1_Member, Member__Output as _ringkv_v1_Member__Output } from './ringkv/v1/Member.js';
import type { PutRequest as _ringkv_v1_PutRequest, PutRequest__Output as _ringkv_v1_PutRequest__Output } from './ringkv/v1/PutRequest.js';
import type { PutResponse as _ringkv_v1_PutResponse, PutResponse__Output as _ringkv_v1_PutResponse__Output } from './ringkv/v1/PutResponse.js';
import type { Receipt as _ringkv_v1_Receipt, Receipt__Output as _ringkv_v1_Receipt__Output } from './ringkv/v1/Receipt.js';
import type { Recovery as _ringkv_v1_Recovery, Recovery__Output as _ringkv_v1_Recovery__Output } from './ringkv/v1/Recovery.js';
import type { RestoreRequest as _ringkv_v1_RestoreRequest, RestoreRequest__Output as _ringkv_v1_RestoreRequest__Output } from './ringkv/v1/RestoreRequest.js';
import type { RestoreResponse as _ringkv_v1_RestoreResponse, RestoreResponse__Output as _ringkv_v1_RestoreResponse__Output } from './ringkv/v1/RestoreResponse.js';
import type { SnapshotRequest as _ringkv_v1_SnapshotRequest, SnapshotRequest__Output as _ringkv_v1_SnapshotRequest__Output } from './ringkv/v1/SnapshotRequest.js';
import type { SnapshotResponse as _ringkv_v1_SnapshotResponse, SnapshotResponse__Output as _ringkv_v1_SnapshotResponse__Output } from './ringkv/v1/SnapshotResponse.js';
import type { StatusRequest as _ringkv_v1_StatusRequest, StatusRequest__Output as _ringkv_v1_StatusRequest__Output } from './ringkv/v1/StatusRequest.js';
import type { StatusResponse as _ringkv_v1_StatusResponse, StatusResponse__Output as _ringkv_v1_StatusResponse__Output } from './ringkv/v1/StatusResponse.js';
import type { WatchRequest as _ringkv_v1_WatchRequest, WatchRequest__Output as _ringkv_v1_WatchRequest__Output } from './ringkv/v1/WatchRequest.js';
import type { WatchResponse as _ringkv_v1_WatchResponse, WatchResponse__Output as _ringkv_v1_WatchResponse__Output } from './ringkv/v1/WatchResponse.js';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  ringkv: {
    v1: {
      BatchOperation: MessageTypeDefinition<_ringkv_v1_BatchOperation, _ringkv_v1_BatchOperation__Output>
      BatchRequest: MessageTypeDefinition<_ringkv_v1_BatchRequest, _ringkv_v1_BatchRequest__Output>
      BatchResponse: MessageTypeDefinition<_ringkv_v1_BatchResponse, _ringkv_v1_BatchResponse__Output>
      BatchResult: MessageTypeDefinition<_ringkv_v1_BatchResult, _ringkv_v1_BatchResult__Output>
      Cluster: SubtypeConstructor<typeof grpc.Client, _ringkv_v1_ClusterClient> & { service: _ringkv_v1_ClusterDefinition }
      DeleteRequest: MessageTypeDefinition<_ringkv_v1_DeleteRequest, _ringkv_v1_DeleteRequest__Output>
      DeleteResponse: MessageTypeDefinition<_ringkv_v1_DeleteResponse, _ringkv_v1_DeleteResponse__Output>
      Failure: MessageTypeDefinition<_ringkv_v1_Failure, _ringkv_v1_Failure__Output>
      GetRequest: MessageTypeDefinition<_ringkv_v1_GetRequest, _ringkv_v1_GetRequest__Output>
      GetResponse: MessageTypeDefinition<_ringkv_v1_GetResponse, _ringkv_v1_GetResponse__Output>
      Holder: MessageTypeDefinition<_ringkv_v1_Holder, _ringkv_v1_Holder__Output>
      KeyValueStore: SubtypeConstructor<typeof grpc.Client, _ringkv_v1_KeyValueStoreClient> & { service: _ringkv_v1_KeyValueStoreDefinition }
      ListItem: MessageTypeDefinition<_ringkv_v1_ListItem, _ringkv_v1_ListItem__Output>
      ListRequest: MessageTypeDefinition<_ringkv_v1_ListRequest, _ringkv_v1_ListRequest__Output>
      ListResponse: MessageTypeDefinition<_ringkv_v1_ListResponse, _ringkv_v1_ListResponse__Output>
      LocateRequest: MessageTypeDefinition<_ringkv_v1_LocateRequest, _ringkv_v1_LocateRequest__Output>
      LocateResponse: MessageTypeDefinition<_ringkv_v1_LocateResponse, _ringkv_v1_LocateResponse__Output>
      Member: MessageTypeDefinition<_ringkv_v1_Member, _ringkv_v1_Member__Output>
      MemberState: EnumTypeDefinition
      PutRequest: MessageTypeDefinition<_ringkv_v1_PutRequest, _ringkv_v1_PutRequest__Output>
      PutResponse: MessageTypeDefinition<_ringkv_v1_PutResponse, _ringkv_v1_PutResponse__Output>
      Receipt: MessageTypeDefinition<_ringkv_v1_Receipt, _ringkv_v1_Receipt__Output>
      Recovery: MessageTypeDefinition<_ringkv_v1_Recovery, _ringkv_v1_Recovery__Output>
      RestoreMode: EnumTypeDefinition
      RestoreRequest: MessageTypeDefinition<_ringkv_v1_RestoreRequest, _ringkv_v1_RestoreRequest__Output>
      RestoreResponse: MessageTypeDefinition<_ringkv_v1_RestoreResponse, _ringkv_v1_RestoreResponse__Output>
      Scope: EnumTypeDefinition
      SnapshotRequest: MessageTypeDefinition<_ringkv_v1_SnapshotRequest, _ringkv_v1_SnapshotRequest__Output>
      SnapshotResponse: MessageTypeDefinition<_ringkv_v1_SnapshotResponse, _ringkv_v1_SnapshotResponse__Output>
      StatusRequest: MessageTypeDefinition<_ringkv_v1_StatusRequest, _ringkv_v1_StatusRequest__Output>
      StatusResponse: MessageTypeDefinition<_ringkv_v1_StatusResponse, _ringkv_v1_StatusResponse__Output>
      WatchRequest: MessageTypeDefinition<_ringkv_v1_WatchRequest, _ringkv_v1_WatchRequest__Output>
      WatchResponse: MessageTypeDefinition<_ringkv_v1_WatchResponse, _ringkv_v1_WatchResponse__Output>
    }
  }
}

