// What the types refuse. Each @ts-expect-error is an error of its own where the types let its line pass.
import {
  type Client,
  type Grantkeeper,
  listMyAccountGrants,
  listOAuthGrants,
  type OAuthGrant,
  OAuthGrantsError,
  revokeMeGrant,
} from '@grantkeeper/sdk';

export function refused({ grants, account, applications, me }: Grantkeeper, client: Client): unknown[] {
  return [
    // @ts-expect-error a filter that does not exist
    grants.list({ client: 'vts_abc123' }),
    // @ts-expect-error a status that does not exist
    grants.list({ status: 'deleted' }),
    // @ts-expect-error a page size that is no number
    grants.list({ limit: '10' }),
    // @ts-expect-error a sort field that does not exist
    grants.listAll({ sort_by: 'scope' }),
    // @ts-expect-error a filter that does not exist, in the function
    listOAuthGrants({ client, query: { clientId: 'vts_abc123' } }),
    // @ts-expect-error a status that does not exist, in the function
    listOAuthGrants({ client, query: { status: 'gone' } }),
    // @ts-expect-error no grant id
    grants.get(),
    // @ts-expect-error no verification id
    account(),
    // @ts-expect-error no verification id, in the function
    listMyAccountGrants({ client }),
    // @ts-expect-error no verification id among the headers
    listMyAccountGrants({ client, headers: {} }),
    // @ts-expect-error an appType that does not exist
    account('verified').listGrants({ appType: 'anyParty' }),
    // @ts-expect-error nothing chosen: it would be everything
    grants.revokeMany({}),
    // @ts-expect-error a status alone chooses everything
    grants.revokeMany({ status: 'active' }),
    // @ts-expect-error ids and a filter
    grants.revokeMany({ grant_ids: ['a-grant'], user_id: 'a-user' }),
    // @ts-expect-error a misspelt key
    grants.revokeMany({ client_id: 'vts_abc123', include_consents: true }),
    // @ts-expect-error no id of a grant
    revokeMeGrant({ client }),
    // @ts-expect-error no client
    revokeMeGrant({ path: { grantId: 'a-grant' } }),
    // @ts-expect-error a user scope that does not exist
    applications.assignUserConsentScopes('an-app', { userScopes: ['everything'] }),
    // @ts-expect-error a kind of scope that does not exist
    applications.removeUserConsentScope('an-app', { scopeType: 'scopes', scopeId: 'profile' }),
    // @ts-expect-error an option that does not exist
    me.listGrants({ timeOut: 5 }),
  ];
}

export function accepted({ grants, account }: Grantkeeper): unknown[] {
  return [
    grants.list(),
    grants.list({ status: 'all', sort_by: 'user_name', sort_order: 'asc', limit: 1, offset: 0 }),
    grants.revokeMany({ grant_ids: ['a-grant'], include_consent: true }),
    grants.revokeMany({ user_id: 'a-user', client_id: 'vts_abc123', status: 'all' }),
    account('verified').listGrants({ appType: 'firstParty' }, { signal: undefined, timeout: undefined }),
  ];
}

export function read(grant: OAuthGrant, error: unknown): string {
  // @ts-expect-error a field that may be absent
  const name: string = grant.user_name;
  // @ts-expect-error a status that no grant has
  if (grant.status === 'all') return name;
  // @ts-expect-error a code that no problem of OAuth Grants has
  if (error instanceof OAuthGrantsError && error.code === 'grant_not_found') return error.message;
  return grant.status;
}
