import type { JWTPayload } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { consentRow, PAGE_GRANT, PAGE_GRANT_ID, tokenRow } from './rows.ts';
import { Service, useService } from './service.ts';

const service = useService();
const ann = { sub: 'ann', scope: 'urn:logto:scope:sessions' };
const VERIFIED = { 'logto-verification-id': 'good' };

/** Where a person takes back, and how each document says that this app may not. */
const documents = [
  {
    list: '/api/my-account/grants',
    refusal: {
      code: 'auth.third_party_application_forbidden',
      message: 'Third-party applications cannot modify account data through this API.',
    },
  },
  {
    list: '/v1/me/grants',
    refusal: { error: 'forbidden', message: 'Third-party apps cannot take grants back through this API.' },
  },
];

async function fill({ store, now }: Service): Promise<void> {
  await store.verificationRecords.create({
    _id: 'good',
    user_id: 'ann',
    type: 'Password',
    verified: true,
    expires_at: new Date(now.getTime() + 60_000),
  });
  await store.clients.insertMany([
    { _id: 'first', name: 'First', is_first_party: true },
    { _id: 'third', name: 'Third', is_first_party: false },
  ]);
  // Rows of other programs: what does not say clearly that it is first-party, is not.
  await store.clients.collection.insertMany([
    { _id: 'unsaid', name: 'Unsaid' },
    { _id: 'one', name: 'One', is_first_party: 1 },
    { _id: 'text', name: 'Text', is_first_party: 'true' },
  ] as never[]);
  await store.consents.create(
    consentRow({ _id: 'c', user_id: 'ann', client_id: 'third', expires_at: new Date('2026-07-01') }),
  );
  await store.refreshTokens.create(tokenRow({ consent_id: 'c', user_id: 'ann', client_id: 'third' }));
}

const OTHERS: [who: string, client_id: string][] = [
  ['a third party', 'third'],
  ['a client known by its metadata document', 'https://agent.example/client.json'],
  ['a client that was deleted', 'gone'],
  ['a client whose row does not say what it is', 'unsaid'],
  ['a client whose row says it with a number', 'one'],
  ['a client whose row says it with a text', 'text'],
  ['a client named as one is, but in capitals', 'FIRST'],
  ['a client named as an operator', '$exists'],
  ["the client of a server's own issuer, where this server has another", 'grantkeeper-own-issuer'],
];

describe.each(documents)('$list', ({ list, refusal }) => {
  beforeEach(() => fill(service));
  const asked = (
    method: string,
    id: string,
    claims: JWTPayload,
    headers: Record<string, string> = VERIFIED,
  ) => service.ask(method, id === '' ? list : `${list}/${id}`, { as: { ...ann, ...claims }, headers });
  const unrevoked = async () => [
    await service.store.consents.countDocuments({ revoked_at: null }),
    await service.store.refreshTokens.countDocuments({ revoked_at: null }),
  ];

  it.each(OTHERS)('takes nothing back for %s, though it may be read', async (_who, client_id) => {
    const { status, body } = await asked('DELETE', 'c', { client_id });
    expect([status, body]).toEqual([403, refusal]);
    expect(await unrevoked()).toEqual([1, 1]);
    expect((await asked('GET', '', { client_id })).status).toBe(200);
  });

  it('does so before it looks whether there is such a grant', async () => {
    expect((await asked('DELETE', 'unknown', { client_id: 'third' })).body).toEqual(refusal);
  });

  it('does so after the request itself was looked at', async () => {
    expect((await asked('DELETE', 'c?force=1', { client_id: 'third' })).status).toBe(400);
  });

  it.each<[who: string, claims: JWTPayload]>([
    ['a first-party client', { client_id: 'first' }],
    ['a token that names no client', {}],
  ])('takes back for %s', async (_who, claims) => {
    expect((await asked('DELETE', 'c', claims)).status).toBe(204);
    expect(await unrevoked()).toEqual([0, 0]);
  });
});

it('My account grants asks a third party for proof and scope first, as Logto does', async () => {
  await fill(service);
  const codeOf = async (as: JWTPayload, headers: Record<string, string>) =>
    (await service.ask('DELETE', '/api/my-account/grants/c', { as, headers })).body.code;
  const third = { ...ann, client_id: 'third' };
  expect(await codeOf(third, {})).toBe('verification_record.permission_denied');
  expect(await codeOf({ ...third, scope: 'openid' }, VERIFIED)).toBe('auth.unauthorized');
  expect(await codeOf({ ...third, sub: 'third' }, VERIFIED)).toBe('auth.forbidden');
});

it('OAuth Grants goes by permissions, whoever the client is', async () => {
  await service.store.refreshTokens.create(tokenRow());
  const as = {
    sub: 'admin',
    client_id: 'third',
    account_id: PAGE_GRANT.account_id,
    permissions: ['account:admin'],
  };
  const { status, body } = await service.ask('DELETE', `/api/v1/oauth-grants/${PAGE_GRANT_ID}`, { as });
  expect([status, body.revoked_tokens]).toEqual([200, 1]);
});

describe('a server that is its own issuer', () => {
  const own = new Service({ ownClient: 'grantkeeper-own-issuer' });
  beforeAll(() => own.start());
  beforeEach(async () => {
    await own.empty();
    await fill(own);
  });
  afterAll(() => own.stop());

  it.each(documents)(
    "takes back at $list for that issuer's own client, and for no third party",
    async ({ list }) => {
      const statusFor = async (client_id: string) =>
        (await own.ask('DELETE', `${list}/c`, { as: { ...ann, client_id }, headers: VERIFIED })).status;
      expect(await statusFor('third')).toBe(403);
      expect(await statusFor('grantkeeper-own-issuer')).toBe(204);
    },
  );
});
