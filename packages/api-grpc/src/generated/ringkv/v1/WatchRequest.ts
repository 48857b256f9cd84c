// Original file: packages/api-grpc/proto/ringkv/v1/ringkv.proto


export interface WatchRequest {
}

export interface WatchRequest__Output {
}
