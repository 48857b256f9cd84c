// Original file: packages/api-grpc/proto/ringkv/v1/ringkv.proto


export interface LocateRequest {
  'key'?: (string);
}

export interface LocateRequest__Output {
  'key': (string);
}
