import { describe, expect, it } from 'vitest';
import { MyAccountGrantsError, UserConsentScopesError } from '../../src/errors.ts';
import { documented } from '../../src/generated/documented.gen.ts';
import { failureOf } from '../surroundings.ts';
import { openMock, VERIFICATION_ID } from './mocked.ts';

const { mock, grantkeeper, send } = openMock();
const { me, applications } = grantkeeper;
const account = grantkeeper.account(VERIFICATION_ID);

describe('what a person allowed', () => {
  it('begins with the examples of the documents', async () => {
    expect(await me.listGrants()).toEqual(documented.listMeGrants.answers[200].examples.two_grants.data);
    expect(await account.listGrants()).toEqual(
      documented.listMyAccountGrants.answers[200].examples.two_grants.grants,
    );
  });

  it('is gone from every list once it is taken back, with its tokens', async () => {
    const [first, second] = await me.listGrants();
    await me.revokeGrant(first?.id ?? '');
    expect(await me.listGrants()).toEqual([second]);
    expect((await account.listGrants()).map(({ id }) => id)).toEqual([second?.id]);
    expect((await grantkeeper.grants.list({ status: 'all' })).grants).toMatchObject([{ status: 'revoked' }]);
    await account.revokeGrant(second?.id ?? '');
    expect(await me.listGrants()).toEqual([]);
    // Doing it again is safe.
    await me.revokeGrant(first?.id ?? '');
  });

  it('is narrowed by the kind of application', async () => {
    expect(await account.listGrants({ appType: 'firstParty' })).toEqual([]);
    for (const grant of mock.data.meGrants) grant.is_first_party = grant.client_id === 'vts_abc123';
    expect(await account.listGrants({ appType: 'firstParty' })).toHaveLength(1);
  });

  it('is refused without a verification record that is good', async () => {
    const failure = await failureOf(grantkeeper.account('another').listGrants());
    expect(failure).toBeInstanceOf(MyAccountGrantsError);
    expect(failure).toMatchObject({ status: 401, code: 'verification_record.permission_denied' });
    mock.data.verificationIds.push('another');
    expect(await grantkeeper.account('another').listGrants()).toHaveLength(2);
  });

  it('that nobody allowed cannot be taken back', async () => {
    expect(await failureOf(me.revokeGrant('nothing'))).toMatchObject({
      status: 404,
      code: 'grant_not_found',
    });
  });
});

describe('what an application may ask for', () => {
  const id = 'app_slack_4411';

  it('has no names that every object has', async () => {
    expect(await failureOf(applications.listUserConsentScopes('constructor'))).toMatchObject({ status: 404 });
    const body = JSON.stringify({ userScopes: ['constructor'] });
    const headers = { Authorization: 'Bearer any-token', 'Content-Type': 'application/json' };
    const path = `/api/applications/${id}/user-consent-scopes`;
    expect((await send('POST', path, { headers, body })).status).toBe(400);
  });

  it('loses what is removed, and has again what is assigned', async () => {
    const before = await applications.listUserConsentScopes(id);
    const scope = { scopeType: 'resource-scopes', scopeId: 'scope_runs_read' } as const;
    await applications.removeUserConsentScope(id, scope);
    const { resourceScopes } = await applications.listUserConsentScopes(id);
    expect(resourceScopes[0]?.scopes.map((one) => one.id)).toEqual(['scope_runs_start']);
    expect(await failureOf(applications.removeUserConsentScope(id, scope))).toMatchObject({
      code: 'entity.not_found',
    });
    await applications.assignUserConsentScopes(id, { resourceScopes: ['scope_runs_read'] });
    expect(await applications.listUserConsentScopes(id)).toEqual(before);
  });

  it('is among the scopes that there are to assign, which come whole or by the page', async () => {
    const resources = await applications.listResources({ includeScopes: true });
    expect(resources.map((one) => [one.id, one.scopes?.map((scope) => scope.id)])).toEqual([
      ['res_api', ['scope_runs_read', 'scope_runs_start']],
      ['res_files', ['scope_files_read']],
    ]);
    const second = await send('GET', '/api/resources?page=2&page_size=1');
    expect(await second.json()).toEqual([
      { id: 'res_files', name: 'Vertesia Files', indicator: 'https://files.vertesia.io/' },
    ]);
    expect(second.headers.get('total-number')).toBe('2');
    expect(second.headers.get('link')).toContain('<?page=1&page_size=1&includeScopes=false>; rel="prev"');
    expect((await applications.listOrganizationScopes()).map((one) => one.id)).toEqual(['org_read_members']);
  });

  it('is refused where a scope or the application does not exist, or is a first party', async () => {
    const unknown = await failureOf(applications.assignUserConsentScopes(id, { resourceScopes: ['gone'] }));
    expect(unknown).toBeInstanceOf(UserConsentScopesError);
    expect(unknown).toMatchObject({ status: 422, body: { data: { invalidResourceScopes: ['gone'] } } });
    const nobody = await failureOf(applications.listUserConsentScopes('nobody'));
    expect(nobody).toMatchObject({ status: 404, message: expect.stringContaining('`nobody`') });
    mock.data.applications.vts_abc123 = {
      organizationScopes: [],
      resourceScopes: [],
      organizationResourceScopes: [],
      userScopes: [],
    };
    for (const grant of mock.data.meGrants) grant.is_first_party = true;
    const first = await failureOf(
      applications.assignUserConsentScopes('vts_abc123', { userScopes: ['email'] }),
    );
    expect(first).toMatchObject({ code: 'application.third_party_application_only' });
  });
});
