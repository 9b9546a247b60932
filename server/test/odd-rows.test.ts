import { mongo } from 'mongoose';
import { describe, expect, it } from 'vitest';
import * as schemas from '../../sdk/src/zod.ts';
import { useService } from './service.ts';

/*
 * Other programs write the rows. Whatever text they hold comes out whole, in answers that their documents allow as they
 * stand (`ask` sees to that), and the SDK's Zod schemas too.
 */

const service = useService();
const MOMENT = new Date('2026-05-01T00:00:00.000Z');
const LATER = new Date('2026-08-01T00:00:00.000Z');
const as = {
  sub: 'ann',
  account_id: 'acme',
  permissions: ['account:admin'],
  scope: 'urn:logto:scope:sessions all',
};
const ACCOUNT = { as, headers: { 'logto-verification-id': 'proof' } };

/** Rows in every collection that answers are made from. `value` stands wherever a row holds what somebody chose. */
async function store(id: string, value: unknown): Promise<void> {
  const { clients, consents, organizationScopes, refreshTokens, resources, resourceScopes } = service.store;
  const { userConsentScopes, users, verificationRecords } = service.store;
  const values = {
    user_id: 'ann',
    account_id: 'acme',
    client_id: id,
    project_id: id,
    resource: id,
    scope: [id],
  };
  const dates = { updated_at: MOMENT, expires_at: LATER, revoked_at: null };
  const named = { _id: id, name: value, description: value };
  const rows: [{ collection: unknown }, object][] = [
    [clients, { ...named, client_uri: value, logo_uri: value, is_first_party: false }],
    [users, { _id: 'ann', name: value, email: value }],
    [consents, { _id: id, ...values, granted_at: MOMENT, ...dates }],
    [
      refreshTokens,
      { _id: id, consent_id: id, ...values, created_at: MOMENT, last_used_at: MOMENT, ...dates },
    ],
    [verificationRecords, { _id: 'proof', user_id: 'ann', type: 'P', verified: true, expires_at: LATER }],
    [organizationScopes, named],
    [resources, { ...named, indicator: value }],
    [resourceScopes, { ...named, resource_id: id }],
    [
      userConsentScopes,
      { _id: id, organization_scopes: [id], resource_scopes: [id], organization_resource_scopes: [id] },
    ],
  ];
  await Promise.all(rows.map(([{ collection }, row]) => (collection as mongo.Collection).insertOne(row)));
}

/** What every operation that reads answers about them. */
async function readAll(id: string) {
  const read = async (path: string, asking: object = { as }) => {
    const { status, body } = await service.ask('GET', path, asking);
    expect(status, JSON.stringify(body)).toBe(200);
    return body;
  };
  const list = schemas.zListOAuthGrantsResponse.parse(await read('/api/v1/oauth-grants'));
  const grantId = list.grants[0]?.grant_id ?? '';
  const application = encodeURIComponent(id);
  return {
    list,
    grant: schemas.zGetOAuthGrantResponse.parse(await read(`/api/v1/oauth-grants/${grantId}`)),
    account: schemas.zListMyAccountGrantsResponse.parse(await read('/api/my-account/grants', ACCOUNT)),
    me: schemas.zListMeGrantsResponse.parse(await read('/v1/me/grants')),
    scopes: schemas.zListUserConsentScopesResponse.parse(
      await read(`/api/applications/${application}/user-consent-scopes`),
    ),
    organizationScopes: schemas.zListOrganizationScopesResponse.parse(await read('/api/organization-scopes')),
    resources: schemas.zListResourcesResponse.parse(await read('/api/resources?includeScopes=true')),
  };
}

const TEXTS: [what: string, text: string][] = [
  ['24 hexadecimal digits', '652feb8b38902b2e2245a2fb'],
  ['a UUID', '0f9c7a52-6a0e-4a51-9b0e-1f4c1c6f2d7b'],
  ['a URL of 2,048 characters', `https://client.example/${'x'.repeat(2_025)}`],
  ['a URL with everything in it', 'https://u:p@client.example:8443/a/../b?c=d&e=%2F+#f'],
  ['a name that is far too long', 'Long '.repeat(400)],
  ['emoji', '👩‍👩‍👧‍👦 Notes 🇨🇭'],
  ['control characters', 'a\tb\nc\rd\u0000e\u001bf\u007fg\u2028h\ufeff'],
  ['writing from right to left', '\u202eשלום\u202c عربي'],
  ['nothing but a space', ' '],
  ['what looks like markup', '<b onclick="x">&amp;</b>'],
  ['what looks like an operator', '$where'],
];

describe('rows whose ids, names and descriptions are', () => {
  it.each(TEXTS)('%s are answered whole', async (_what, text) => {
    await store(text, text);
    const { list, grant, account, me, scopes } = await readAll(text);
    const ids = { client_id: text, project_id: text, resource: text, scope: [text] };
    expect(list.grants).toEqual([grant]);
    expect(grant).toMatchObject({ ...ids, client_name: text, user_name: text, user_email: text });
    expect(account.grants).toMatchObject([
      { id: text, payload: { jti: text, clientId: text }, application: { id: text, name: text } },
    ]);
    expect(me.data).toMatchObject([
      {
        id: text,
        client_id: text,
        client_name: text,
        client_uri: text,
        logo_uri: text,
        scopes_granted: [text],
      },
    ]);
    const scope = { id: text, name: text, description: text };
    const group = { resource: { id: text, name: text, indicator: text }, scopes: [scope] };
    expect(scopes).toEqual({
      organizationScopes: [scope],
      resourceScopes: [group],
      organizationResourceScopes: [group],
      userScopes: [],
    });
  });
});

const NO_TEXTS: [what: string, value: unknown][] = [
  ['empty', ''],
  ['null', null],
  ['missing', undefined],
  ['a number', 42],
  ['true', true],
  ['a date', MOMENT],
  ['an ObjectId', new mongo.ObjectId('652feb8b38902b2e2245a2fb')],
  ['a list', ['name']],
  ['an object', { en: 'name' }],
  ['bytes', new mongo.Binary(Buffer.from('name'))],
  ['not a number', Number.NaN],
];

describe('rows whose names and descriptions are', () => {
  it.each(NO_TEXTS)('%s are called by their ids', async (_what, value) => {
    await store('an-id', value);
    const { grant, account, me, scopes } = await readAll('an-id');
    expect(grant).toMatchObject({ client_name: 'an-id' });
    expect(grant).not.toHaveProperty('user_name');
    expect(grant).not.toHaveProperty('user_email');
    expect(account.grants).toMatchObject([{ application: { id: 'an-id', name: 'an-id' } }]);
    expect(me.data).toMatchObject([{ client_name: 'an-id', client_uri: null, logo_uri: null }]);
    const scope = { id: 'an-id', name: 'an-id', description: null };
    const resource = { id: 'an-id', name: 'an-id', indicator: 'an-id' };
    expect(scopes).toEqual({
      organizationScopes: [scope],
      resourceScopes: [{ resource, scopes: [scope] }],
      organizationResourceScopes: [{ resource, scopes: [scope] }],
      userScopes: [],
    });
  });

  it('anything, with a resource whose id is an ObjectId, are answered with its digits', async () => {
    const _id = new mongo.ObjectId('652feb8b38902b2e2245a2fb');
    await store('an-id', 'a name');
    await service.store.resources.collection.insertOne({ _id, name: 'API' } as never);
    const scope = { _id: 'scope', name: 'read', resource_id: _id };
    await service.store.resourceScopes.collection.insertOne(scope as never);
    await service.store.userConsentScopes.collection.updateOne({}, { $set: { resource_scopes: ['scope'] } });
    const { resourceScopes } = (await readAll('an-id')).scopes;
    const digits = '652feb8b38902b2e2245a2fb';
    expect(resourceScopes.map(({ resource }) => resource)).toEqual([
      { id: digits, name: 'API', indicator: digits },
    ]);
  });
});

const DATES: [what: string, value: unknown][] = [
  ['before the first that can be written', new Date('-000001-12-31T23:59:59.999Z')],
  ['the first that can be written', new Date('0000-01-01T00:00:00.000Z')],
  ['the last that can be written', new Date('9999-12-31T23:59:59.999Z')],
  ['after the last that can be written', new Date('+010000-01-01T00:00:00.000Z')],
  ['the last there is', new Date(8.64e15)],
  ['a leap day', new Date('2024-02-29T23:59:59.999Z')],
  ['text', '2026-05-01'],
  ['numbers', 1_777_593_600],
  ['missing', null],
];

describe('rows whose dates are', () => {
  it.each(DATES)('%s have dates that documents allow', async (_what, value) => {
    await store('an-id', 'a name');
    const dates = ['granted_at', 'created_at', 'updated_at', 'last_used_at', 'expires_at'];
    const $set = Object.fromEntries(dates.map((name) => [name, value]));
    const { consents, refreshTokens } = service.store;
    for (const { collection } of [consents, refreshTokens]) await collection.updateMany({}, { $set });
    const { body } = await service.ask('GET', '/api/v1/oauth-grants?status=all', { as });
    expect(schemas.zListOAuthGrantsResponse.parse(body).total_count).toBe(1);
    const me = await service.ask('GET', '/v1/me/grants', { as });
    expect(schemas.zListMeGrantsResponse.parse(me.body).data).toHaveLength(1);
    const account = await service.ask('GET', '/api/my-account/grants', ACCOUNT);
    expect(schemas.zListMyAccountGrantsResponse.safeParse(account.body).success).toBe(true);
  });
});

describe('rows whose ids are empty', () => {
  it('are no application, and leave no answer that its document refuses', async () => {
    await store('', '');
    const { status, body } = await service.ask('GET', '/api/my-account/grants', ACCOUNT);
    expect([status, body]).toEqual([200, { grants: [] }]);
    expect((await service.ask('GET', '/v1/me/grants', { as })).status).toBe(200);
    expect((await service.ask('GET', '/api/v1/oauth-grants', { as })).body.total_count).toBe(1);
  });
});
