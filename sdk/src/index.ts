/** The core of `@grantkeeper/sdk`. It needs nothing but `fetch`. */
export type { Account } from './account.ts';
export type { Applications } from './applications.ts';
export type { CallOptions, RevokeOptions } from './call.ts';
export { type ClientOptions, createClient } from './client.ts';
export {
  ApiError,
  ConnectionError,
  type FieldError,
  GrantkeeperError,
  MeGrantsError,
  MyAccountGrantsError,
  type OAuthGrantsCode,
  OAuthGrantsError,
  RedirectError,
  TimeoutError,
  TokenError,
  UsageError,
  UserConsentScopesError,
} from './errors.ts';
export type { Client } from './generated/client/types.gen.ts';
export * from './generated/sdk.gen.ts';
export type * from './generated/types.gen.ts';
export { createGrantkeeper, type Grantkeeper } from './grantkeeper.ts';
export type { AuditEventsQuery, Grants } from './grants.ts';
export type { Hooks, RequestEvent, ResponseEvent, RetryEvent } from './hooks.ts';
export type { GrantsQuery } from './paging.ts';
export {
  type PreviewOAuthGrantsRevocationData,
  previewOAuthGrantsRevocation,
  type RevokeMany,
} from './previews.ts';
export type { Token } from './token.ts';
