// Original file: packages/api-grpc/proto/ringkv/v1/ringkv.proto

export const MemberState = {
  MEMBER_STATE_UNSPECIFIED: 'MEMBER_STATE_UNSPECIFIED',
  MEMBER_STATE_UP: 'MEMBER_STATE_UP',
  MEMBER_STATE_SUSPECT: 'MEMBER_STATE_SUSPECT',
  MEMBER_STATE_DOWN: 'MEMBER_STATE_DOWN',
  MEMBER_STATE_RECOVERING: 'MEMBER_STATE_RECOVERING',
} as const;

export type MemberState =
  | 'MEMBER_STATE_UNSPECIFIED'
  | 0
  | 'MEMBER_STATE_UP'
  | 1
  | 'MEMBER_STATE_SUSPECT'
  | 2
  | 'MEMBER_STATE_DOWN'
  | 3
  | 'MEMBER_STATE_RECOVERING'
  | 4

export type MemberState__Output = typeof MemberState[keyof typeof MemberState]
