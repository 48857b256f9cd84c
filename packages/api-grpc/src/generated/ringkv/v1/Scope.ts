// Original file: packages/api-grpc/proto/ringkv/v1/ringkv.proto

export const Scope = {
  SCOPE_UNSPECIFIED: 'SCOPE_UNSPECIFIED',
  SCOPE_NODE: 'SCOPE_NODE',
  SCOPE_CLUSTER: 'SCOPE_CLUSTER',
} as const;

export type Scope =
  | 'SCOPE_UNSPECIFIED'
  | 0
  | 'SCOPE_NODE'
  | 1
  | 'SCOPE_CLUSTER'
  | 2

export type Scope__Output = typeof Scope[keyof typeof Scope]
