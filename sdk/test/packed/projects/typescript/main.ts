// Calls every operation by its function, and reads every answer with its Zod schema.
import * as sdk from '@grantkeeper/sdk';
import * as schemas from '@grantkeeper/sdk/zod';

const { baseUrl, adminToken, personToken, managementToken, verificationId } = JSON.parse(
  process.env.SETTING ?? '{}',
);
const admin = sdk.createClient({ baseUrl, token: adminToken });
const person = sdk.createClient({ baseUrl, token: personToken });
const management = sdk.createClient({ baseUrl, token: managementToken });
const outcome: Record<string, unknown> = {};

const { data: page } = await sdk.listOAuthGrants({ client: admin, query: { status: 'all', limit: 1000 } });
const listed = schemas.zListOAuthGrantsResponse.parse(page);
outcome.foundAll = listed.grants.length === listed.total_count;
const [first, second] = listed.grants.filter(({ status }) => status === 'active');
if (!first || !second) throw new Error('there are too few grants');
const got = await sdk.getOAuthGrant({ client: admin, path: { grant_id: first.grant_id } });
outcome.gotFirst = schemas.zGetOAuthGrantResponse.parse(got.data).grant_id === first.grant_id;
outcome.requestId = got.response.headers.has('x-request-id');
const one = await sdk.revokeOAuthGrant({ client: admin, path: { grant_id: first.grant_id } });
outcome.revoked = schemas.zRevokeOAuthGrantResponse.parse(one.data).revoked_tokens > 0;
const body = { grant_ids: [second.grant_id] };
outcome.checkedBody = schemas.zRevokeOAuthGrantsBody.safeParse(body).success;
const many = await sdk.revokeOAuthGrants({ client: admin, body });
outcome.revokedMany = schemas.zOAuthGrantRevokeResponse.parse(many.data).revoked_tokens > 0;

const headers = { 'logto-verification-id': verificationId };
const mine = schemas.zListMyAccountGrantsResponse.parse(
  (await sdk.listMyAccountGrants({ client: person, headers })).data,
);
await sdk.revokeMyAccountGrant({ client: person, headers, path: { grantId: mine.grants[0]?.id ?? '' } });
const { data: left } = await sdk.listMyAccountGrants({ client: person, headers });
outcome.revokedMine = left.grants.length === mine.grants.length - 1;

const { data: grants } = schemas.zListMeGrantsResponse.parse(
  (await sdk.listMeGrants({ client: person })).data,
);
await sdk.revokeMeGrant({ client: person, path: { grantId: grants[0]?.id ?? '' } });
outcome.revokedNewest = (await sdk.listMeGrants({ client: person })).data.data.length === grants.length - 1;

const path = { applicationId: 'app_ekko_02' };
await sdk.assignUserConsentScopes({ client: management, path, body: { userScopes: ['phone', 'address'] } });
await sdk.removeUserConsentScope({
  client: management,
  path: { ...path, scopeType: 'user-scopes', scopeId: 'phone' },
});
const { data: scopes } = await sdk.listUserConsentScopes({ client: management, path });
outcome.userScopes = schemas.zListUserConsentScopesResponse.parse(scopes).userScopes.includes('address');

const failed = await sdk.getOAuthGrant({
  client: admin,
  path: { grant_id: 'bm90LWEtZ3JhbnQ' },
  throwOnError: false,
});
outcome.error = failed.error instanceof sdk.OAuthGrantsError && failed.error.code === 'invalid-request';
console.log(JSON.stringify(outcome));
