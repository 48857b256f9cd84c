// Original file: packages/api-grpc/proto/ringkv/v1/ringkv.proto


export interface SnapshotResponse {
  'chunk'?: (Buffer | Uint8Array | string);
}

export interface SnapshotResponse__Output {
  'chunk': (Buffer);
}
