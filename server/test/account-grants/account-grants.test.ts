import { beforeEach, describe, expect, it, vi } from 'vitest';
import { consentRow, PAGE_GRANT, tokenRow } from '../rows.ts';
import { type Asking, useService } from '../service.ts';

const service = useService();
const GRANTS = '/api/my-account/grants';
const ann = { sub: 'ann', client_id: 'portal', scope: 'openid urn:logto:scope:sessions' };
const at = (date: string) => new Date(`${date}T00:00:00.000Z`);
const mine = { user_id: 'ann', client_id: 'third' };

beforeEach(async () => {
  const good = { user_id: 'ann', type: 'Password', verified: true, expires_at: at('2026-06-02') };
  await service.store.verificationRecords.insertMany([
    { ...good, _id: 'good' },
    { ...good, _id: 'expired', expires_at: service.now },
    { ...good, _id: 'unverified', verified: false },
    { ...good, _id: 'foreign', user_id: 'bob' },
  ]);
  await service.store.clients.insertMany([
    { _id: 'first', name: 'First', is_first_party: true },
    { _id: 'portal', name: 'Portal', is_first_party: true },
    { _id: 'third', name: 'Zed', is_first_party: false },
  ]);
});

const ask = (method: string, path = GRANTS, asking: Asking = {}) =>
  service.ask(method, path, {
    as: ann,
    ...asking,
    headers: { 'logto-verification-id': 'good', ...asking.headers },
  });
const idsOf = (body: { grants: { id: string }[] }) => body.grants.map(({ id }) => id);

describe('my account grants', () => {
  it('are shown as the page has them: seconds in the payload, milliseconds beside it', async () => {
    await service.store.consents.create(
      consentRow({
        ...mine,
        _id: 'c',
        granted_at: new Date('2026-05-01T10:00:00.700Z'),
        expires_at: new Date('2026-07-01T10:00:00.900Z'),
      }),
    );
    const { status, body } = await ask('GET');
    expect(status).toBe(200);
    expect(body).toStrictEqual({
      grants: [
        {
          id: 'c',
          payload: {
            exp: 1782900000,
            iat: 1777629600,
            jti: 'c',
            kind: 'Grant',
            clientId: 'third',
            accountId: 'ann',
          },
          expiresAt: 1782900000900,
          application: { id: 'third', name: 'Zed' },
        },
      ],
    });
  });

  it('are the active consents of this person to registered applications, newest first', async () => {
    const expires_at = at('2026-07-01');
    const past = at('2026-05-20');
    await service.store.consents.insertMany([
      consentRow({ ...mine, _id: 'older', granted_at: at('2026-01-01'), expires_at }),
      consentRow({ ...mine, _id: 'newer', granted_at: at('2026-02-01'), expires_at }),
      consentRow({
        ...mine,
        _id: 'first-party',
        client_id: 'first',
        granted_at: at('2026-03-01'),
        expires_at,
      }),
      consentRow({ ...mine, _id: 'revoked', expires_at, revoked_at: past }),
      consentRow({ ...mine, _id: 'expires now', expires_at: service.now }),
      consentRow({
        ...mine,
        _id: 'unregistered',
        client_id: 'https://agent.example/client.json',
        expires_at,
      }),
      consentRow({ ...mine, _id: "another person's", user_id: 'bob', expires_at }),
    ]);
    expect(idsOf((await ask('GET')).body)).toEqual(['first-party', 'newer', 'older']);
    expect(idsOf((await ask('GET', `${GRANTS}?appType=firstParty`)).body)).toEqual(['first-party']);
    expect(idsOf((await ask('GET', `${GRANTS}?appType=thirdParty`)).body)).toEqual(['newer', 'older']);
    expect(idsOf((await ask('GET', `${GRANTS}/`)).body)).toHaveLength(3);
  });

  it('without an expiry take the latest of their tokens, and have no place here without any', async () => {
    await service.store.consents.insertMany(
      ['by tokens', 'tokens gone', 'never', 'no tokens'].map((_id) =>
        consentRow({ ...mine, _id, expires_at: null }),
      ),
    );
    await service.store.refreshTokens.insertMany([
      tokenRow({ ...mine, consent_id: 'by tokens', expires_at: at('2026-06-10') }),
      tokenRow({
        ...mine,
        consent_id: 'by tokens',
        expires_at: at('2026-06-20'),
        revoked_at: at('2026-05-02'),
      }),
      tokenRow({ ...mine, consent_id: 'tokens gone', expires_at: at('2026-05-20') }),
      tokenRow({ ...mine, consent_id: 'never', expires_at: at('2026-06-10') }),
      tokenRow({ ...mine, consent_id: 'never', expires_at: null }),
    ]);
    const { body } = await ask('GET');
    expect(body.grants).toMatchObject([{ id: 'by tokens', expiresAt: at('2026-06-20').getTime() }]);
  });

  it('may have longer ids than the published page allows', async () => {
    const client_id = 'an-id-of-more-than-21-characters';
    await service.store.clients.create({ _id: client_id, name: 'Long', is_first_party: false });
    await service.store.consents.create(
      consentRow({ user_id: 'ann', client_id, expires_at: at('2026-07-01') }),
    );
    expect((await ask('GET')).body).toMatchObject({ grants: [{ application: { id: client_id } }] });
  });
});

describe.each(['GET', 'DELETE'])('the checks of %s', (method) => {
  const path = method === 'GET' ? GRANTS : `${GRANTS}/c`;
  beforeEach(async () => {
    await service.store.consents.create(consentRow({ ...mine, _id: 'c', expires_at: at('2026-07-01') }));
  });

  it('answer one and the same 401 whatever is wrong with the verification record', async () => {
    const bodies = new Set<string>();
    for (const id of ['', 'unknown', 'expired', 'unverified', 'foreign', '{"$gt":""}']) {
      const { status, headers, body } = await ask(method, path, { headers: { 'logto-verification-id': id } });
      expect([id, status, headers.get('www-authenticate')]).toEqual([id, 401, 'Bearer realm="grantkeeper"']);
      bodies.add(JSON.stringify(body));
    }
    const without = await service.ask(method, path, { as: ann });
    bodies.add(JSON.stringify(without.body));
    expect([...bodies]).toEqual([
      '{"code":"verification_record.permission_denied","message":"Permission denied, please re-authenticate."}',
    ]);
  });

  it('ask for the scope after the verification record', async () => {
    const as = { ...ann, scope: 'openid all' };
    const { status, headers, body } = await ask(method, path, { as });
    expect([status, body.code]).toEqual([401, 'auth.unauthorized']);
    expect(headers.get('www-authenticate')).toContain('insufficient_scope');
    const unverified = await ask(method, path, { as, headers: { 'logto-verification-id': 'unknown' } });
    expect(unverified.body.code).toBe('verification_record.permission_denied');
  });

  it('refuse a token that an application got for itself with a 403, before anything else', async () => {
    const { status, body } = await ask(method, `${path}?bad=1`, { as: { ...ann, sub: 'portal' } });
    expect([status, body.code]).toEqual([403, 'auth.forbidden']);
  });

  it.each([
    ['no token', {}, 'auth.authorization_header_missing'],
    ['another scheme', { Authorization: 'Basic YTpi' }, 'auth.authorization_token_type_not_supported'],
    ['a bad token', { Authorization: 'Bearer x.y.z' }, 'auth.unauthorized'],
  ])("answer %s with a 401 in Logto's shape", async (_what, headers: Record<string, string>, code) => {
    const { status, body } = await service.ask(method, path, { headers });
    expect([status, body.code, typeof body.message]).toEqual([401, code, 'string']);
  });

  it.each([
    'appType=FirstParty',
    'appType=',
    'user_id=bob',
    'appType=firstParty&appType=thirdParty',
    'appType[$ne]=x',
  ])('answer ?%s with a 400 that names the field, before they look at the record', async (query) => {
    const { status, body } = await ask(method, `${path}?${query}`, {
      headers: { 'logto-verification-id': 'unknown' },
    });
    expect([status, body.code]).toEqual([400, 'guard.invalid_input']);
    expect(body.details).toMatch(/^Error in key path "(appType|user_id)(\[\$ne\])?": ./);
  });
});

describe('failures of the service', () => {
  it("are a 500 and a 503 in Logto's shape, without a code", async () => {
    vi.spyOn(service.model.store.consents, 'aggregate').mockImplementationOnce(() => {
      throw new Error('a secret of the database');
    });
    const failed = await ask('GET');
    expect([failed.status, failed.body]).toEqual([500, { message: 'Internal server error.' }]);
  });

  it('are a 404 and a 405 too', async () => {
    expect((await ask('GET', '/api/my-account/nothing')).status).toBe(404);
    const { status, headers, body } = await ask('POST');
    expect([status, headers.get('allow'), typeof body.message]).toEqual([405, 'GET', 'string']);
  });
});

describe('revoking a grant of my account', () => {
  const tokensOf = (consent_id: string) =>
    service.store.refreshTokens.find({ consent_id, revoked_at: null }).lean();

  it('revokes the consent and all its tokens, so that OAuth Grants shows it at once', async () => {
    await service.store.consents.insertMany([
      consentRow({ ...mine, _id: 'c' }),
      consentRow({ ...mine, _id: 'other' }),
    ]);
    await service.store.refreshTokens.insertMany([
      tokenRow({ ...mine, consent_id: 'c' }),
      tokenRow({ ...mine, consent_id: 'c', scope: ['email'], expires_at: at('2026-05-02') }),
      tokenRow({ ...mine, consent_id: 'other', scope: ['files'] }),
      tokenRow({ ...mine, scope: ['none'] }),
    ]);
    const { status, body } = await ask('DELETE', `${GRANTS}/c`);
    expect([status, body]).toEqual([204, undefined]);
    expect(await tokensOf('c')).toEqual([]);
    const member = { sub: 'ann', account_id: PAGE_GRANT.account_id, permissions: ['account:member'] };
    const left = await service.ask('GET', '/api/v1/oauth-grants', { as: member });
    expect(left.body.grants.map(({ scope }: { scope: string[] }) => scope).sort()).toEqual([
      ['files'],
      ['none'],
    ]);
    expect(await service.store.consents.findById('c').lean()).toMatchObject({
      revoked_at: service.now,
      updated_at: service.now,
    });
  });

  it('may be repeated, keeps the first time, and finishes what a crash left', async () => {
    await service.store.consents.create(consentRow({ ...mine, _id: 'c', revoked_at: at('2026-05-20') }));
    await service.store.refreshTokens.create(tokenRow({ ...mine, consent_id: 'c' }));
    expect((await ask('DELETE', `${GRANTS}/c`)).status).toBe(204);
    expect((await ask('DELETE', `${GRANTS}/c`)).status).toBe(204);
    expect(await tokensOf('c')).toEqual([]);
    expect((await service.store.consents.findById('c').lean())?.revoked_at).toEqual(at('2026-05-20'));
  });

  it("answers one and the same 404 for an unknown grant and another person's, and touches neither", async () => {
    await service.store.consents.create(consentRow({ _id: 'bobs', user_id: 'bob' }));
    await service.store.refreshTokens.create(tokenRow({ user_id: 'bob', consent_id: 'bobs' }));
    const [unknown, foreign] = [
      await ask('DELETE', `${GRANTS}/unknown`),
      await ask('DELETE', `${GRANTS}/bobs`),
    ];
    expect([unknown.status, unknown.body.code]).toEqual([404, 'oidc.invalid_grant']);
    expect([foreign.status, foreign.body]).toEqual([404, unknown.body]);
    expect(await tokensOf('bobs')).toHaveLength(1);
  });
});
