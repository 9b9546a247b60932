import { readFileSync } from 'node:fs';
import { encodeGrantId } from '../../src/grants/rows/identity.ts';
import { consentRow, PAGE_GRANT, PAGE_GRANT_ID, tokenRow } from '../rows.ts';
import type { Answer, Asking, Service } from '../service.ts';

/** An operation that takes an `Idempotency-Key`: a request that revokes something, and others that do too. */
export interface Keyed extends Asking {
  operation: string;
  method: string;
  path: string;
  /** The same caller's requests that differ from it in one thing. */
  others: Record<string, { method?: string; path?: string; body?: unknown }>;
  /** A request of it that ends in a 404. */
  unknown: { path?: string; body?: unknown };
  /** Where its errors say which one it is. */
  codeOf(body: Record<string, string>): string | undefined;
}

const GRANTS = '/api/v1/oauth-grants';
const ACCOUNT = '/api/my-account/grants';
const ME = '/v1/me/grants';
export const OTHER_GRANT_ID = encodeGrantId({ ...PAGE_GRANT, scope: ['other'] });
const UNKNOWN_GRANT_ID = encodeGrantId({ ...PAGE_GRANT, client_id: 'nobody' });

/** May call every operation: an admin, and a person with consents. */
export const caller = {
  sub: PAGE_GRANT.user_id,
  account_id: PAGE_GRANT.account_id,
  permissions: ['account:admin'],
  scope: 'urn:logto:scope:sessions',
};
const problem = ({ type }: Record<string, string>) => type?.replace('urn:grantkeeper:problem:', '');

export const KEYED: Keyed[] = [
  {
    operation: 'revokeOAuthGrant',
    method: 'DELETE',
    path: `${GRANTS}/${PAGE_GRANT_ID}?include_consent=true`,
    others: {
      path: { path: `${GRANTS}/${OTHER_GRANT_ID}?include_consent=true` },
      query: { path: `${GRANTS}/${PAGE_GRANT_ID}` },
      operation: { path: `${ME}/consent-1` },
      method: { method: 'POST', path: `${GRANTS}/revoke`, body: { grant_ids: [PAGE_GRANT_ID] } },
    },
    unknown: { path: `${GRANTS}/${UNKNOWN_GRANT_ID}` },
    codeOf: problem,
  },
  {
    operation: 'revokeOAuthGrants',
    method: 'POST',
    path: `${GRANTS}/revoke`,
    body: { client_id: PAGE_GRANT.client_id, include_consent: true },
    others: {
      body: { body: { client_id: PAGE_GRANT.client_id, include_consent: true, status: 'all' } },
      'way of choosing': { body: { grant_ids: [PAGE_GRANT_ID], include_consent: true } },
    },
    unknown: { body: { grant_ids: [UNKNOWN_GRANT_ID] } },
    codeOf: problem,
  },
  {
    operation: 'revokeMyAccountGrant',
    method: 'DELETE',
    path: `${ACCOUNT}/consent-1`,
    headers: { 'logto-verification-id': 'verified' },
    others: { path: { path: `${ACCOUNT}/consent-2` }, operation: { path: `${ME}/consent-1` } },
    unknown: { path: `${ACCOUNT}/nothing` },
    codeOf: ({ code }) => code?.replace('request.', '').replaceAll('_', '-'),
  },
  {
    operation: 'revokeMeGrant',
    method: 'DELETE',
    path: `${ME}/consent-1`,
    others: { path: { path: `${ME}/consent-2` }, operation: { path: `${ACCOUNT}/consent-1` } },
    unknown: { path: `${ME}/nothing` },
    codeOf: ({ error }) => error?.replaceAll('_', '-'),
  },
];

/** Fills the store with what every one of them can revoke; answers nobody wants are told from those by their counts. */
export async function fill({ store, now }: Service): Promise<void> {
  const later = new Date(now.getTime() + 7 * 86_400_000);
  const token = { expires_at: later };
  await store.refreshTokens.insertMany([
    tokenRow({ ...token, consent_id: 'consent-1' }),
    tokenRow({ ...token, consent_id: 'consent-1' }),
    tokenRow({ ...token, scope: ['other'], consent_id: 'consent-2' }),
  ]);
  await store.consents.insertMany([consentRow({ _id: 'consent-1' }), consentRow({ _id: 'consent-2' })]);
  await store.verificationRecords.create({
    _id: 'verified',
    user_id: caller.sub,
    type: 'Password',
    verified: true,
    expires_at: later,
  });
}

/** Sends a request of an operation, with a key unless that is undefined. */
export function send(
  service: Service,
  { method, path, as = caller, headers, body }: Pick<Keyed, 'method' | 'path' | 'as' | 'headers' | 'body'>,
  key: string | undefined,
): Promise<Answer> {
  const sent = key === undefined ? {} : { 'Idempotency-Key': key };
  const verified = { 'logto-verification-id': 'verified' };
  return service.ask(method, path, { as, headers: { ...verified, ...headers, ...sent }, body });
}

interface Bundle {
  paths: Record<
    string,
    Record<string, { operationId: string; parameters?: { $ref?: string; name?: string }[] }>
  >;
}

/** The operations that the documents give the header. */
export function declaredKeyed(): string[] {
  return ['oauth-grants', 'account-grants', 'me-grants', 'user-consent-scopes'].flatMap((name) => {
    const file = new URL(`../../../openapi/bundled/${name}.json`, import.meta.url);
    const { paths }: Bundle = JSON.parse(readFileSync(file, 'utf8'));
    return Object.values(paths)
      .flatMap((item) => Object.values(item))
      .filter(({ parameters = [] }) => parameters.some(({ $ref }) => $ref?.endsWith('/IdempotencyKey')))
      .map(({ operationId }) => operationId);
  });
}
