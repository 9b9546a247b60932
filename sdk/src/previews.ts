import type { Options } from './generated/sdk.gen.ts';
import type {
  OAuthGrantRevocationPreview,
  RevokeMatchingGrants,
  RevokeSelectedGrants,
} from './generated/types.gen.ts';

type Filter = 'account_id' | 'project_id' | 'user_id' | 'client_id' | 'resource';

type AtLeastOne<T, K extends keyof T> = { [Key in K]: T & { [Given in Key]: NonNullable<T[Given]> } }[K];

/** Which grants to revoke: by their ids, or by at least one filter. Never both, and never all by leaving all out. */
export type RevokeMany =
  | (RevokeSelectedGrants & { [Key in Filter | 'status']?: undefined })
  | (AtLeastOne<RevokeMatchingGrants, Filter> & { grant_ids?: undefined });

/** What `previewOAuthGrantsRevocation` sends: the body of the revocation that it previews. */
export interface PreviewOAuthGrantsRevocationData {
  body: RevokeMany;
  path?: never | undefined;
  query?: never | undefined;
  url: '/api/v1/oauth-grants/revoke';
}

/**
 * Preview a bulk revocation
 *
 * Sends the body of a revocation with `dry_run`: nothing is revoked. Revoke with the `preview_token` of the answer as the
 * only field of the body of `revokeOAuthGrants`. It is the same operation, whose answer would else be of either kind.
 */
export const previewOAuthGrantsRevocation = <ThrowOnError extends boolean = true>(
  options: Options<PreviewOAuthGrantsRevocationData, ThrowOnError>,
) =>
  options.client.post<{ 200: OAuthGrantRevocationPreview }, unknown, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/api/v1/oauth-grants/revoke',
    ...options,
    headers: { 'Content-Type': 'application/json', ...options.headers },
    body: { ...options.body, dry_run: true },
  });
