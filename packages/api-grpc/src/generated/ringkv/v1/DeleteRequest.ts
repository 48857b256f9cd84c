// Original file: packages/api-grpc/proto/ringkv/v1/ringkv.proto


export interface DeleteRequest {
  'key'?: (string);
  'w'?: (number);
  '_w'?: "w";
}

export interface DeleteRequest__Output {
  'key': (string);
  'w'?: (number);
  '_w'?: "w";
}
