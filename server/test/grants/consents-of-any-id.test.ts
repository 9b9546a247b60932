import { mongo } from 'mongoose';
import { beforeEach, describe, expect, it } from 'vitest';
import { encodeGrantId } from '../../src/grants/rows/identity.ts';
import { some } from '../effort.ts';
import { consentRow, PAGE_GRANT, PAGE_GRANT_ID, tokenRow } from '../rows.ts';
import { useService } from '../service.ts';

const { Binary, Code, Decimal128, Double, EJSON, Int32, Long, MaxKey, MinKey, ObjectId, Timestamp, UUID } =
  mongo.BSON;

const service = useService();
const { user_id, account_id, client_id } = PAGE_GRANT;
const ME = '/v1/me/grants';
const ACCOUNT = '/api/my-account/grants';
const person = {
  sub: user_id,
  account_id,
  permissions: ['account:member'],
  scope: 'openid urn:logto:scope:sessions',
};
const asked = { as: person, headers: { 'logto-verification-id': 'v' } };
const used = new Date('2026-05-20T00:00:00.000Z');
const expires_at = new Date('2026-06-20T00:00:00.000Z');

beforeEach(async () => {
  await service.store.clients.create({ _id: client_id, name: 'App', is_first_party: false });
  const record = { user_id, type: 'Password', verified: true, expires_at: new Date('2026-07-01') };
  await service.store.verificationRecords.create({ ...record, _id: 'v' });
});

/** Writes rows as other programs do: past mongoose. */
async function insert(consents: object[], tokens: object[] = []): Promise<void> {
  await service.store.consents.collection.insertMany(
    consents.map((values) => ({ ...consentRow({ user_id }), ...values })) as never[],
    // Else the driver takes null for an id that is missing.
    { forceServerObjectId: true },
  );
  if (tokens.length === 0) return;
  await service.store.refreshTokens.collection.insertMany(
    tokens.map((values) => ({ ...tokenRow({ last_used_at: used, expires_at }), ...values })) as never[],
  );
}

const listed = async (path: string) => {
  const { status, body } = await service.ask('GET', path, asked);
  expect(status).toBe(200);
  return (body.data ?? body.grants) as { id: string }[];
};
const unrevoked = (name: 'consents' | 'refreshTokens') =>
  service.store[name].collection.countDocuments({ revoked_at: null });
const spelled = (id: unknown) =>
  `~${Buffer.from(EJSON.stringify(id, { relaxed: false })).toString('base64url')}`;

const everyId: [what: string, id: unknown][] = [
  ['null', null],
  ['an ObjectId', new ObjectId('6650a1f0c2a0761b44051f6f')],
  ['an Int32', new Int32(7)],
  ['a Double', new Double(7.5)],
  ['a whole Double', new Double(8)],
  ['a Long that no number holds', Long.fromBigInt(2n ** 60n + 1n)],
  ['a Decimal128', Decimal128.fromString('1.10')],
  ['a UUID', new UUID('5974d8f4-9c95-434a-8b49-dd6ce3775c31')],
  ['a UUID of old drivers', new Binary(Buffer.alloc(16, 1), Binary.SUBTYPE_UUID_OLD)],
  ['bytes', new Binary(Buffer.from('abc'))],
  ['a date', new Date('2026-01-01')],
  ['a document', { user: 'ann', n: new Int32(1), of: { list: [new Double(1), 'x'] } }],
  ['true', true],
  ['the least key', new MinKey()],
  ['the greatest key', new MaxKey()],
  ['a timestamp', new Timestamp({ t: 1, i: 2 })],
  ['code', new Code('x')],
  ['text that begins with ~', '~x'],
  ['text that looks like another id', '~eyIkbnVtYmVySW50IjoiNyJ9'],
  ['no text', ''],
  ['a step in a path', '..'],
];
const ids = some(everyId, 8);

describe('consents whose ids are of every type', () => {
  const all = ids.map(([, _id], index) => ({
    _id,
    granted_at: new Date(Date.UTC(2026, 0, 28 - index)),
    scope: [`scope-${index}`],
  }));
  const written = all.map(({ _id }) => spelled(_id));
  // Null is the id of one of them, and says of a token that it has none.
  const named = all.filter(({ _id }) => _id !== null);
  const without = [{ consent_id: null, scope: ['none'] }, { scope: ['none'] }];

  beforeEach(() =>
    insert(
      [...all, { _id: 'other' }],
      [...named.map(({ _id, scope }) => ({ consent_id: _id, scope })), ...without],
    ),
  );

  it('are in both lists, with the last use and the expiry of their tokens', async () => {
    const me = (await listed(ME)).filter(({ id }) => id !== 'other');
    expect(me.map(({ id }) => id)).toEqual(written);
    expect(me.filter((grant) => Object(grant).last_used_at === used.toISOString())).toHaveLength(
      named.length,
    );
    const grants = await listed(ACCOUNT);
    expect(grants.map(({ id }) => id)).toEqual(named.map(({ _id }) => spelled(_id)));
    expect(grants).toMatchObject(
      grants.map(({ id }) => ({ payload: { jti: id }, expiresAt: expires_at.getTime() })),
    );
  });

  it.each([ME, ACCOUNT])('are taken back one by one at %s, with their tokens and no other', async (path) => {
    let tokens = await unrevoked('refreshTokens');
    const left = new Set([...written, 'other']);
    for (const [index, id] of written.entries()) {
      const what = ids[index]?.[0];
      expect((await service.ask('DELETE', `${path}/${id}`, asked)).status, what).toBe(204);
      expect((await service.ask('DELETE', `${path}/${id}`, asked)).status, what).toBe(204);
      left.delete(id);
      tokens -= all[index]?._id === null ? 0 : 1;
      expect(await unrevoked('refreshTokens'), what).toBe(tokens);
      expect(new Set((await listed(ME)).map((grant) => grant.id)), what).toEqual(left);
    }
    expect(tokens).toBe(without.length);
  });

  it('say when their grants were granted', async () => {
    const { body } = await service.ask('GET', '/api/v1/oauth-grants?sort_by=granted_at&limit=100', asked);
    const granted = new Map<string, string>(
      body.grants.map(({ scope, granted_at }: { scope: string[]; granted_at: string }) => [
        scope[0],
        granted_at,
      ]),
    );
    for (const { scope, granted_at } of named) {
      expect(granted.get(`${scope}`), `${scope}`).toBe(granted_at.toISOString());
    }
  });

  it('go with their grants one by one, and are counted', async () => {
    for (const { scope } of named) {
      const grant = encodeGrantId({ ...PAGE_GRANT, scope });
      const path = `/api/v1/oauth-grants/${grant}?include_consent=true`;
      const { body } = await service.ask('DELETE', path, asked);
      expect(body, `${scope}`).toEqual({ revoked_tokens: 1, revoked_consents: 1 });
    }
    // The one without a token, and the one that no token names.
    expect(await unrevoked('consents')).toBe(2);
  });

  it.each([
    ['by filter', { client_id, status: 'all' }],
    [
      'by ids',
      {
        grant_ids: all
          .map(({ scope }) => encodeGrantId({ ...PAGE_GRANT, scope }))
          .filter((_, index) => all[index]?._id !== null),
      },
    ],
  ])('go with their grants in bulk, %s, and are counted', async (how, which) => {
    const body = { ...which, include_consent: true };
    const answer = await service.ask('POST', '/api/v1/oauth-grants/revoke', { ...asked, body });
    const tokens = how === 'by filter' ? named.length + without.length : named.length;
    expect(answer.body).toEqual({ revoked_tokens: tokens, revoked_consents: named.length });
    expect(await unrevoked('consents')).toBe(2);
  });
});

it('is named by a number of another type that is equal, as the database compares them', async () => {
  await insert(
    [{ _id: new Int32(7), expires_at }],
    [
      { consent_id: new Double(7) },
      { consent_id: Long.fromNumber(7), scope: ['b'] },
      { consent_id: Decimal128.fromString('7.0'), scope: ['c'] },
      { consent_id: '7', scope: ['d'] },
    ],
  );
  expect(await listed(ME)).toMatchObject([{ last_used_at: used.toISOString() }]);
  const id = spelled(new Int32(7));
  expect((await service.ask('DELETE', `${ME}/${id}`, asked)).status).toBe(204);
  expect(await unrevoked('refreshTokens')).toBe(1);
});

it("leaves another person's, and says no more of it than of one that does not exist", async () => {
  const _id = new ObjectId();
  await insert([{ _id, user_id: 'bob' }], [{ consent_id: _id }]);
  expect(await listed(ME)).toEqual([]);
  for (const path of [ME, ACCOUNT]) {
    const foreign = await service.ask('DELETE', `${path}/${spelled(_id)}`, asked);
    const unknown = await service.ask('DELETE', `${path}/unknown`, asked);
    expect([foreign.status, foreign.body]).toEqual([404, unknown.body]);
  }
  const path = `/api/v1/oauth-grants/${PAGE_GRANT_ID}?include_consent=true`;
  expect((await service.ask('DELETE', path, asked)).body.revoked_consents).toBe(0);
  expect(await unrevoked('consents')).toBe(1);
});

it.each([
  ['nothing behind the ~', '~'],
  ['no base64url', '~!!'],
  ['no Extended JSON', `~${Buffer.from('{').toString('base64url')}`],
  ['an operator', spelled({ $gt: '' })],
  ['an operator on text', spelled({ $regex: '.*' })],
  [
    'a regular expression',
    `~${Buffer.from('{"$regularExpression":{"pattern":".*","options":""}}').toString('base64url')}`,
  ],
  ['a list', spelled(['plain'])],
  ['text that is written as it is', spelled('plain')],
  [
    'a document deeper than the database takes',
    `~${Buffer.from(`${'{"a":'.repeat(190)}true${'}'.repeat(190)}`).toString('base64url')}`,
  ],
  [
    'one as deep as it takes',
    `~${Buffer.from(`${'{"a":'.repeat(180)}true${'}'.repeat(180)}`).toString('base64url')}`,
  ],
])('the id of no consent is an unknown one in both documents: %s', async (_what, id) => {
  await insert([{ _id: 'plain' }], [{ consent_id: 'plain' }]);
  for (const path of [ME, ACCOUNT]) {
    const answer = await service.ask('DELETE', `${path}/${encodeURIComponent(id)}`, asked);
    const unknown = await service.ask('DELETE', `${path}/unknown`, asked);
    expect([answer.status, answer.body]).toEqual([404, unknown.body]);
  }
  expect([await unrevoked('consents'), await unrevoked('refreshTokens')]).toEqual([1, 1]);
});

it('rows that name what no consent can be called hide nothing', async () => {
  const odd = [['plain'], new mongo.BSON.BSONRegExp('(?i)x', ''), { $gt: '' }, new Date(8.64e15)];
  await insert(
    [{ _id: 'plain', expires_at }],
    odd.map((consent_id, index) => ({ consent_id, scope: [`${index}`] })),
  );
  expect(await listed(ME)).toMatchObject([{ id: 'plain', last_used_at: null }]);
  const body = { client_id, status: 'all', include_consent: true };
  const { body: revoked } = await service.ask('POST', '/api/v1/oauth-grants/revoke', { ...asked, body });
  expect(revoked).toEqual({ revoked_tokens: odd.length, revoked_consents: 0 });
});

it.each([
  ['missing', undefined],
  ['a number', 7],
  ['an ObjectId', new ObjectId()],
  ['null', null],
  ['a list', [user_id]],
])('a client that is %s hides no consent, and a user that is names nobody', async (_what, value) => {
  const withUser = { _id: 'nobody', user_id: value, expires_at };
  const withClient = { _id: new ObjectId(), client_id: value, expires_at };
  await insert([withUser, withClient], [{ consent_id: withClient._id, client_id: value }]);
  const all = await listed(ME);
  expect(all).toMatchObject([{ client_id: '', client_name: '', last_used_at: used.toISOString() }]);
  expect((await service.ask('DELETE', `${ME}/${all[0]?.id}`, asked)).status).toBe(204);
  expect(await unrevoked('refreshTokens')).toBe(0);
  expect((await service.ask('DELETE', `${ME}/nobody`, asked)).status).toBe(404);
});

it('a consent without a user goes with a grant without one, and with no other', async () => {
  const admin = { ...asked, as: { ...person, permissions: ['account:admin'] } };
  await insert(
    [{ _id: 'nobody', user_id: undefined }, { _id: 'mine' }],
    [
      { consent_id: 'nobody', user_id: 7 },
      { consent_id: 'mine', user_id: undefined, scope: ['x'] },
      { consent_id: 'nobody' },
    ],
  );
  const revoke = (body: object) => service.ask('POST', '/api/v1/oauth-grants/revoke', { ...admin, body });
  const own = await revoke({ grant_ids: [PAGE_GRANT_ID], include_consent: true });
  expect(own.body).toEqual({ revoked_tokens: 1, revoked_consents: 0 });
  const all = await revoke({ client_id, include_consent: true });
  expect(all.body).toEqual({ revoked_tokens: 2, revoked_consents: 1 });
});
