// Original file: packages/api-grpc/proto/ringkv/v1/ringkv.proto


export interface Failure {
  'code'?: (string);
  'outcome'?: (string);
  'retryable'?: (boolean);
  'detail'?: (string);
  'status'?: (number);
}

export interface Failure__Output {
  'code': (string);
  'outcome': (string);
  'retryable': (boolean);
  'detail': (string);
  'status': (number);
}
