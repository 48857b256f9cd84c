// Original file: packages/api-grpc/proto/ringkv/v1/ringkv.proto

export const RestoreMode = {
  RESTORE_MODE_UNSPECIFIED: 'RESTORE_MODE_UNSPECIFIED',
  RESTORE_MODE_MERGE: 'RESTORE_MODE_MERGE',
  RESTORE_MODE_OVERWRITE: 'RESTORE_MODE_OVERWRITE',
} as const;

export type RestoreMode =
  | 'RESTORE_MODE_UNSPECIFIED'
  | 0
  | 'RESTORE_MODE_MERGE'
  | 1
  | 'RESTORE_MODE_OVERWRITE'
  | 2

export type RestoreMode__Output = typeof RestoreMode[keyof typeof RestoreMode]
