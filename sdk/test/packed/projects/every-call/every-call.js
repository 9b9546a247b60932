// Calls every operation of the installed SDK, and gives what came of it. Taking the same back again is safe, so that
// this may run many times.
import { createGrantkeeper, OAuthGrantsError } from '@grantkeeper/sdk';

export async function callEverything({
  baseUrl,
  adminToken,
  personToken,
  expiredToken,
  managementToken,
  verificationId,
  grantId,
  consentId,
}) {
  const { grants } = createGrantkeeper({ baseUrl, token: adminToken });
  const refused = [];
  const person = createGrantkeeper({
    baseUrl,
    token: async (old) => (refused.push(old) === 1 ? expiredToken : personToken),
  });
  const { applications } = createGrantkeeper({ baseUrl, token: managementToken });
  const outcome = {};

  const page = await grants.list({ limit: 2, sort_by: 'client_name', sort_order: 'asc' });
  const ids = new Set();
  for await (const { grant_id } of grants.listAll({ limit: 60 })) ids.add(grant_id);
  outcome.foundAll = ids.size === page.total_count && ids.size > 120;
  const [first, second] = page.grants;
  outcome.gotFirst = (await grants.get(first.grant_id)).client_name === first.client_name;
  outcome.revoked = (await grants.revoke(first.grant_id, { include_consent: true })).revoked_tokens > 0;
  outcome.revokedMany = (await grants.revokeMany({ grant_ids: [second.grant_id] })).revoked_tokens > 0;
  outcome.statuses = [(await grants.get(first.grant_id)).status, (await grants.get(second.grant_id)).status];

  const account = person.account(verificationId);
  const isMine = ({ id }) => id === grantId;
  outcome.listedMine = (await account.listGrants({ appType: 'thirdParty' })).length > 1;
  await account.revokeGrant(grantId);
  outcome.revokedMine = !(await account.listGrants({ appType: 'thirdParty' })).some(isMine);

  outcome.renewedOnce = refused.length === 2 && refused[1] === expiredToken;

  outcome.listedAllowed = (await person.me.listGrants()).length > 1;
  await person.me.revokeGrant(consentId);
  outcome.revokedAllowed = !(await person.me.listGrants()).some(({ id }) => id === consentId);

  await applications.assignUserConsentScopes('app_ekko_02', { userScopes: ['profile', 'email'] });
  await applications.removeUserConsentScope('app_ekko_02', { scopeType: 'user-scopes', scopeId: 'email' });
  outcome.userScopes = (await applications.listUserConsentScopes('app_ekko_02')).userScopes;

  const error = await grants.get('bm90LWEtZ3JhbnQ').catch((reason) => reason);
  outcome.error = [error instanceof OAuthGrantsError, error.status, error.code, error.fields[0].field];
  outcome.namedRequest = error.requestId === error.body.request_id;
  return outcome;
}
