// Original file: packages/api-grpc/proto/ringkv/v1/ringkv.proto


export interface GetRequest {
  'key'?: (string);
  'r'?: (number);
  '_r'?: "r";
}

export interface GetRequest__Output {
  'key': (string);
  'r'?: (number);
  '_r'?: "r";
}
