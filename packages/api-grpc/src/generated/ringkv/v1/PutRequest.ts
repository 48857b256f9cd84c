// Original file: packages/api-grpc/proto/ringkv/v1/ringkv.proto


export interface PutRequest {
  'key'?: (string);
  'value'?: (Buffer | Uint8Array | string);
  'contentType'?: (string);
  'ttlSeconds'?: (number);
  'w'?: (number);
  '_ttlSeconds'?: "ttlSeconds";
  '_w'?: "w";
}

export interface PutRequest__Output {
  'key': (string);
  'value': (Buffer);
  'contentType': (string);
  'ttlSeconds'?: (number);
  'w'?: (number);
  '_ttlSeconds'?: "ttlSeconds";
  '_w'?: "w";
}
