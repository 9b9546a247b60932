import { describe, expect, it } from 'vitest';
import { PAGE_GRANT, tokenRow } from '../rows.ts';
import { type Asking, useService } from '../service.ts';

const service = useService();
const admin = {
  sub: 'admin',
  account_id: PAGE_GRANT.account_id,
  permissions: ['account:admin'],
  scope: 'all urn:logto:scope:sessions',
};
const LIST = '/api/v1/oauth-grants';

describe('a second question mark', () => {
  it.each([
    ['?resource=a?b&limit=0x10', ['limit']],
    ['?resource=https://a.example/?x&limit=1&bogus=1', ['bogus']],
    ['?resource=?&limit=Infinity', ['limit']],
    ['??limit=1', ['?limit']],
    ['?limit=1?&offset=1e2', ['limit', 'offset']],
    ['?client_id=a?offset=0x1&offset=0x1', ['offset']],
    ['?cursor=??&limit=1&limit=2', ['limit']],
    ['?user_id=%3F&limit=%3F', ['limit']],
  ])('hides nothing: of %s all is looked at', async (query, fields) => {
    const { status, body } = await service.ask('GET', `${LIST}${query}`, { as: admin });
    expect(status).toBe(400);
    const named = new Set(body.errors.map(({ field }: { field: string }) => field));
    expect([...named].sort()).toEqual(fields);
  });

  it('belongs to the value that it stands in', async () => {
    const resource = 'https://a.example/?x=1?y';
    await service.store.refreshTokens.create({ ...tokenRow(), resource });
    for (const text of [resource, encodeURIComponent(resource)]) {
      const { body } = await service.ask('GET', `${LIST}?resource=${text}&limit=7`, { as: admin });
      expect([body.total_count, body.limit, body.grants[0].resource]).toEqual([1, 7, resource]);
    }
  });

  it.each([
    ['GET', '/api/my-account/grants?appType=thirdParty&x=?y&z', 'guard.invalid_input'],
    ['GET', '/v1/me/grants?a=?&b', 'invalid_request'],
    ['DELETE', '/v1/me/grants/a??', 'invalid_request'],
    ['GET', '/api/applications/a/user-consent-scopes?x?', 'guard.invalid_input'],
    ['DELETE', `${LIST}/eyJ9?include_consent=true?`, 'urn:grantkeeper:problem:invalid-request'],
  ])('hides nothing from any document: %s %s', async (method, path, code) => {
    const { status, body } = await service.ask(method, path, { as: admin });
    expect([status, body.code ?? body.error ?? body.type]).toEqual([400, code]);
  });
});

describe('a query of very many parameters', () => {
  it.each([
    ['unknown ones', 'a&'],
    ['the same one', 'limit=1&'],
    ['brackets', 'a[b]=1&'],
    ['nothing', '&'],
  ])('made of %s is a 400', async (_what, part) => {
    const { status, body } = await service.ask('GET', `${LIST}?${part.repeat(5_000)}`, { as: admin });
    expect([status, body.detail]).toEqual([400, 'The query must not have more than 100 parameters.']);
  });
});

describe('a number that is not finite, or that not every program reads alike', () => {
  const numbers = [
    'Infinity',
    '-Infinity',
    'NaN',
    '1e3',
    '0x10',
    '0b1',
    '0o7',
    '1.0',
    '+1',
    '-0',
    '%201',
    '1_0',
    '١',
  ];
  const beyond = ['9'.repeat(400), '9007199254740993', `-${'9'.repeat(400)}`];
  it.each([...numbers, ...beyond])('%s is no number of a query', async (text) => {
    for (const name of ['limit', 'offset']) {
      const { status, body } = await service.ask('GET', `${LIST}?${name}=${text}`, { as: admin });
      expect([status, body.errors?.[0].field]).toEqual([400, name]);
      expect(JSON.stringify(body)).not.toContain('9'.repeat(30));
    }
  });

  it.each([
    ['POST', `${LIST}/revoke`, '{"client_id":1e999}'],
    ['POST', `${LIST}/revoke`, '{"client_id":"a","include_consent":-1e999}'],
    ['POST', `${LIST}/revoke`, '{"grant_ids":[1e999]}'],
    ['POST', '/api/applications/a/user-consent-scopes', '{"ignored":[{"deep":1e999}]}'],
    ['POST', '/docs/feedback', '{"page":"a.html","helpful":1e999}'],
    ['POST', '/mcp', '{"jsonrpc":"2.0","id":1e999,"method":"ping"}'],
  ])('does not pass in a body: %s %s %s', async (method, path, body) => {
    const answer = await service.ask(method, path, { as: admin, body });
    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.body)).toContain('too large a number');
  });

  it.each([
    '{"v":1e999}',
    '{"v":1,"list":"LIST","stretch":1e999,"key":null,"grant":""}',
    '{"v":1,"list":"LIST","stretch":-0,"key":null,"grant":""}',
    '{"v":1,"list":"LIST","stretch":0,"key":{"date":"2026-02-30T00:00:00.000Z"},"grant":""}',
    '{"v":1,"list":"LIST","stretch":0,"key":{"date":"+275761-01-01T00:00:00.000Z"},"grant":""}',
  ])('does not pass in a cursor: %s', async (json) => {
    await service.store.refreshTokens.create([tokenRow(), { ...tokenRow(), client_id: 'b' }]);
    const { body } = await service.ask('GET', `${LIST}?limit=1&cursor=first`, { as: admin });
    const ours = JSON.parse(Buffer.from(body.next_cursor, 'base64url').toString());
    const made = json.replace('LIST', ours.list).replace('"grant":""', `"grant":"${ours.grant}"`);
    const cursor = Buffer.from(made).toString('base64url');
    expect((await service.ask('GET', `${LIST}?cursor=${cursor}`, { as: admin })).status).toBe(400);
  });
});

describe('bounds of a request', () => {
  const ask = (method: string, path: string, asking: Asking = {}) =>
    service.ask(method, path, { as: admin, ...asking });

  it.each([
    ['GET', '/api/applications/ID/user-consent-scopes'],
    ['DELETE', '/api/applications/ID/user-consent-scopes/user-scopes/profile'],
    ['DELETE', '/api/applications/a/user-consent-scopes/resource-scopes/ID'],
    ['DELETE', '/v1/me/grants/ID'],
    ['DELETE', '/api/my-account/grants/ID'],
  ])('an id in the path of %s %s has up to 2,048 characters', async (method, path) => {
    const headers = { 'logto-verification-id': 'none' };
    const long = await ask(method, path.replace('ID', 'x'.repeat(2_049)), { headers });
    expect(long.status).toBe(400);
    expect(JSON.stringify(long.body).length).toBeLessThan(1_000);
    expect((await ask(method, path.replace('ID', 'x'.repeat(2_048)), { headers })).status).not.toBe(400);
  });

  it.each(['organizationScopes', 'resourceScopes', 'organizationResourceScopes', 'userScopes'])(
    '%s has up to 5,000 entries',
    async (list) => {
      await service.store.clients.create({ _id: 'app', name: 'App', is_first_party: false });
      await service.store.organizationScopes.create({ _id: 'profile', name: 'o' });
      await service.store.resourceScopes.create({ _id: 'profile', name: 'r', resource_id: 'x' });
      const path = '/api/applications/app/user-consent-scopes';
      const assign = (length: number) =>
        ask('POST', path, { body: { [list]: Array(length).fill('profile') } });
      expect((await assign(5_000)).status).toBe(201);
      const { status, body } = await assign(5_001);
      expect([status, body.code]).toEqual([400, 'guard.invalid_input']);
      expect(body.details).toContain(list);
    },
  );

  it('all four lists may be full at once', async () => {
    await service.store.clients.create({ _id: 'app', name: 'App', is_first_party: false });
    const ids = Array.from({ length: 5_000 }, (_, index) => `scope-${index}`.padEnd(21, '-'));
    const body = {
      organizationScopes: ids,
      resourceScopes: ids,
      organizationResourceScopes: ids,
      userScopes: [],
    };
    const answer = await ask('POST', '/api/applications/app/user-consent-scopes', { body });
    expect([answer.status, answer.body.data.invalidResourceScopes.length]).toEqual([422, 5_000]);
  });

  it.each([257, 100_000])(
    'a verification id of %i characters is a 401 like any that is not good',
    async (length) => {
      const answers = await Promise.all(
        ['none', 'x'.repeat(length)].map((id) =>
          ask('GET', '/api/my-account/grants', { headers: { 'logto-verification-id': id } }),
        ),
      );
      expect(answers.map(({ status }) => status)).toEqual([401, 401]);
      expect(answers[1]?.body).toEqual(answers[0]?.body);
    },
  );
});
