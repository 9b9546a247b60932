// What may be left out may be undefined too, in all that the SDK is given: with exactOptionalPropertyTypes that has to be
// said. What an answer may lack is absent, never undefined.
import * as sdk from '@grantkeeper/sdk';
import * as queries from '@grantkeeper/sdk/react-query';

/** The keys that may be left out, yet may not be undefined. */
type Strict<T> = T extends readonly unknown[]
  ? Strict<T[number]>
  : T extends object
    ? { [K in keyof T]-?: string extends K ? never : StrictKey<T, K> }[keyof T]
    : never;
type StrictKey<T, K extends keyof T> =
  Record<never, never> extends Pick<T, K> ? ({ [P in K]: undefined } extends Pick<T, K> ? never : K) : never;

/** The same of options of an operation, and of all that they hold. */
type StrictOptions<T> = Strict<T> | { [K in 'body' | 'headers' | 'path' | 'query']: StrictPart<T, K> }[Part];
type Part = 'body' | 'headers' | 'path' | 'query';
type StrictPart<T, K extends Part> = T extends { [P in K]?: infer Given }
  ? Strict<Exclude<Given, Headers>>
  : never;

type Takes<F> = F extends (options: infer Options, ...rest: never[]) => unknown ? Options : never;
type Functions<M> = { [K in keyof M]: StrictOptions<Takes<M[K]>> }[keyof M];
type Methods<M> = {
  [K in keyof M]: M[K] extends (...args: infer Args) => unknown ? Strict<Args[number]> : never;
}[keyof M];

type Found =
  | Functions<typeof sdk>
  | Functions<Omit<typeof queries, 'nextGrantsPage'>>
  | Methods<sdk.Grantkeeper['grants'] & sdk.Grantkeeper['me'] & sdk.Grantkeeper['applications'] & sdk.Account>
  | Strict<Takes<sdk.Client['setConfig']>>
  | Strict<ConstructorParameters<typeof sdk.OAuthGrantsError>[1]>;

/** It does not compile where there is such a key, and names it. */
export const found: [Found] extends [never] ? true : Found = true;

export function accepted({ grants, applications, account }: sdk.Grantkeeper, client: sdk.Client): unknown[] {
  return [
    sdk.createGrantkeeper({
      baseUrl: '/api',
      token: 'a',
      headers: undefined,
      timeout: undefined,
      onRetry: undefined,
    }),
    sdk.createClient({ baseUrl: '/api', token: 'a', headers: { 'X-Tenant': undefined }, retries: undefined }),
    grants.list({ client_id: undefined, status: undefined, limit: undefined }, { signal: undefined }),
    grants.listAll({ cursor: undefined }),
    grants.revoke('a-grant', { include_consent: undefined }),
    grants.revokeMany({
      client_id: 'an-app',
      user_id: undefined,
      include_consent: undefined,
      grant_ids: undefined,
    }),
    applications.assignUserConsentScopes('an-app', { userScopes: undefined }),
    account('verified').listGrants({ appType: undefined }, { retries: undefined }),
    sdk.listOAuthGrants({ client, query: { client_id: undefined }, signal: undefined, body: undefined }),
    sdk.listMeGrants({ client, query: undefined, cache: undefined, baseUrl: undefined }),
    queries.listOAuthGrantsOptions({ client, query: { resource: undefined } }),
    queries.revokeMeGrantMutation({ client: undefined, signal: undefined }),
  ];
}

export function refused({ grants }: sdk.Grantkeeper): unknown[] {
  return [
    // @ts-expect-error no filter that says anything: it would be everything
    grants.revokeMany({ client_id: undefined }),
    // @ts-expect-error no ids
    grants.revokeMany({ grant_ids: undefined }),
  ];
}

export function read(grant: sdk.OAuthGrant): { user_name?: string; last_used_at?: string } {
  return grant;
}
