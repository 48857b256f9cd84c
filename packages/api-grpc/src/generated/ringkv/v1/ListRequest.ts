// Original file: packages/api-grpc/proto/ringkv/v1/ringkv.proto


export interface ListRequest {
  'prefix'?: (string);
  'after'?: (string);
  'limit'?: (number);
  'values'?: (boolean);
  'r'?: (number);
  '_r'?: "r";
}

export interface ListRequest__Output {
  'prefix': (string);
  'after': (string);
  'limit': (number);
  'values': (boolean);
  'r'?: (number);
  '_r'?: "r";
}
