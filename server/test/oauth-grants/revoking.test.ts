import { mongo } from 'mongoose';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { encodeGrantId } from '../../src/grants/rows/identity.ts';
import { times } from '../effort.ts';
import { consentRow, PAGE_GRANT, PAGE_GRANT_ID, tokenRow } from '../rows.ts';
import { Service, useService } from '../service.ts';

const service = useService();
const admin = { sub: 'admin', account_id: PAGE_GRANT.account_id, permissions: ['account:admin'] };
const past = new Date('2026-05-20T00:00:00.000Z');

const revokeOne = (query = '') =>
  service.ask('DELETE', `/api/v1/oauth-grants/${PAGE_GRANT_ID}${query}`, { as: admin });
const revokeBulk = (body: unknown) => service.ask('POST', '/api/v1/oauth-grants/revoke', { as: admin, body });
const unrevokedTokens = () => service.store.refreshTokens.countDocuments({ revoked_at: null });
const unrevokedConsents = () => service.store.consents.countDocuments({ revoked_at: null });

/** Does something just before rows are next updated, whoever updates them. */
function beforeNextUpdate(work: () => Promise<void>): void {
  const { updateMany } = mongo.Collection.prototype;
  vi.spyOn(mongo.Collection.prototype, 'updateMany').mockImplementationOnce(async function (
    this: mongo.Collection,
    ...given
  ) {
    await work();
    return updateMany.apply(this, given);
  });
}

describe('revoking one grant', () => {
  it('revokes every unrevoked row of it, expired ones too, at the time of the clock, and no other row', async () => {
    await service.store.refreshTokens.insertMany([
      tokenRow({ _id: 'live' }),
      tokenRow({ _id: 'shuffled', scope: [...PAGE_GRANT.scope, 'mcp'].reverse() }),
      tokenRow({ _id: 'expired', expires_at: past }),
      tokenRow({ _id: 'revoked before', revoked_at: past }),
      tokenRow({ _id: 'wider', scope: [...PAGE_GRANT.scope, 'email'] }),
      tokenRow({ _id: 'narrower', scope: ['mcp'] }),
      tokenRow({ _id: 'other case', client_id: 'VTS_ABC123' }),
    ]);

    expect((await revokeOne()).body).toEqual({ revoked_tokens: 3, revoked_consents: 0 });

    const rows = await service.store.refreshTokens
      .find({ revoked_at: { $ne: null } })
      .sort({ _id: 1 })
      .lean();
    expect(rows.map(({ _id, revoked_at, updated_at }) => [_id, revoked_at, updated_at])).toEqual([
      ['expired', service.now, service.now],
      ['live', service.now, service.now],
      ['revoked before', past, tokenRow().updated_at],
      ['shuffled', service.now, service.now],
    ]);
  });

  it('answers zeros when repeated, and keeps the first time', async () => {
    await service.store.refreshTokens.create(tokenRow({ _id: 't' }));
    await revokeOne();
    service.now = new Date(service.now.getTime() + 60_000);
    expect(await revokeOne('?include_consent=true')).toMatchObject({
      status: 200,
      body: { revoked_tokens: 0, revoked_consents: 0 },
    });
    const row = await service.store.refreshTokens.findById('t').lean();
    expect(row?.revoked_at?.getTime()).toBe(service.now.getTime() - 60_000);
  });

  it('leaves the consent unless asked to revoke it too', async () => {
    await service.store.consents.create(consentRow({ _id: 'c' }));
    await service.store.refreshTokens.create(tokenRow({ consent_id: 'c' }));
    expect((await revokeOne()).body.revoked_consents).toBe(0);
    expect(await unrevokedConsents()).toBe(1);
    expect((await revokeOne('?include_consent=false')).body).toEqual({
      revoked_tokens: 0,
      revoked_consents: 0,
    });
    expect((await revokeOne('?include_consent=true')).body).toEqual({
      revoked_tokens: 0,
      revoked_consents: 1,
    });
    expect(await unrevokedConsents()).toBe(0);
  });

  it("revokes every consent that the grant's rows name, but no stranger's", async () => {
    await service.store.consents.insertMany([
      consentRow({ _id: 'mine' }),
      consentRow({ _id: 'mine too' }),
      consentRow({ _id: 'not named' }),
      consentRow({ _id: 'foreign account', account_id: 'B' }),
      consentRow({ _id: 'foreign user', user_id: 'someone else' }),
    ]);
    const named = ['mine', 'mine too', 'foreign account', 'foreign user', 'no such consent', null];
    await service.store.refreshTokens.insertMany(
      named.map((consent_id) =>
        tokenRow({ consent_id, revoked_at: consent_id === 'mine too' ? past : null }),
      ),
    );
    expect((await revokeOne('?include_consent=true')).body).toEqual({
      revoked_tokens: 5,
      revoked_consents: 2,
    });
    const left = await service.store.consents.find({ revoked_at: null }).sort({ _id: 1 }).lean();
    expect(left.map(({ _id }) => _id)).toEqual(['foreign account', 'foreign user', 'not named']);
  });

  it('counts each row once, however many revoke it at once', async () => {
    await service.store.consents.create(consentRow({ _id: 'c' }));
    await service.store.refreshTokens.insertMany(
      Array.from({ length: 40 }, () => tokenRow({ consent_id: 'c' })),
    );
    const answers = await Promise.all(
      Array.from({ length: times(8, 20) }, () => revokeOne('?include_consent=true')),
    );
    const sum = (name: string) => answers.reduce((total, { body }) => total + body[name], 0);
    expect([sum('revoked_tokens'), sum('revoked_consents')]).toEqual([40, 1]);
  });
});

describe('revoking in bulk', () => {
  const users = ['ann', 'bob', 'cyd'];
  const idOf = (user_id: string) => encodeGrantId({ ...PAGE_GRANT, user_id });

  beforeEach(async () => {
    await service.store.refreshTokens.insertMany(
      users.flatMap((user_id) => [tokenRow({ user_id }), tokenRow({ user_id })]),
    );
  });

  it('by ids revokes exactly those, and counts a repeated id once', async () => {
    const grant_ids = [idOf('ann'), idOf('bob'), idOf('ann')];
    expect((await revokeBulk({ grant_ids })).body).toEqual({ revoked_tokens: 4, revoked_consents: 0 });
    expect(await unrevokedTokens()).toBe(2);
  });

  it('revokes a consent that two grants share once', async () => {
    await service.store.consents.create(consentRow({ _id: 'shared', user_id: 'ann' }));
    await service.store.refreshTokens.insertMany([
      tokenRow({ user_id: 'ann', consent_id: 'shared' }),
      tokenRow({ user_id: 'ann', consent_id: 'shared', scope: ['email'] }),
    ]);
    const { body } = await revokeBulk({ user_id: 'ann', include_consent: true });
    expect(body).toEqual({ revoked_tokens: 4, revoked_consents: 1 });
  });

  it('by ids takes a thousand of them', async () => {
    const many = Array.from({ length: 1000 }, (_, index) => `user-${index}`);
    await service.store.refreshTokens.insertMany(many.map((user_id) => tokenRow({ user_id })));
    expect((await revokeBulk({ grant_ids: many.map(idOf) })).body.revoked_tokens).toBe(1000);
    expect(await unrevokedTokens()).toBe(6);
  });

  it('by ids revokes exactly those grants, also where some lack a value or others are made of the same values', async () => {
    const grants = [
      { ...PAGE_GRANT, user_id: 'ann', client_id: 'notes' },
      { ...PAGE_GRANT, user_id: 'bob', client_id: 'calendar', project_id: '', resource: '' },
      { ...PAGE_GRANT, user_id: '', client_id: 'calendar', scope: [] },
    ];
    const lacking = { project_id: null, resource: ['a list is no text'] };
    const rows = [
      { ...tokenRow(grants[0]), _id: 'asked 1' },
      { ...tokenRow(grants[1]), _id: 'asked 2', ...lacking },
      { ...tokenRow(grants[2]), _id: 'asked 3', user_id: 7, scope: null },
      { ...tokenRow(grants[0]), _id: 'other scope', scope: ['mcp'] },
      { ...tokenRow(grants[0]), _id: 'other client', client_id: 'calendar' },
      { ...tokenRow(grants[1]), _id: 'with a resource', ...lacking, resource: PAGE_GRANT.resource },
      { ...tokenRow(grants[2]), _id: 'of somebody', user_id: 'bob', scope: null },
    ];
    await service.store.refreshTokens.collection.insertMany(rows as never[]);
    expect((await revokeBulk({ grant_ids: grants.map(encodeGrantId) })).body.revoked_tokens).toBe(3);
    const revoked = service.store.refreshTokens
      .find({ revoked_at: service.now }, { _id: 1 })
      .sort({ _id: 1 });
    expect((await revoked.lean()).map(({ _id }) => _id)).toEqual(['asked 1', 'asked 2', 'asked 3']);
  });

  it('by filter is not cut off at a page', async () => {
    await service.store.refreshTokens.insertMany(
      Array.from({ length: 1_001 }, (_, index) => tokenRow({ user_id: `user-${index}`, client_id: 'leaky' })),
    );
    expect((await revokeBulk({ client_id: 'leaky' })).body.revoked_tokens).toBe(1_001);
    expect(await unrevokedTokens()).toBe(6);
  });

  it.each([
    ['active', { revoked_tokens: 3, revoked_consents: 1 }],
    ['expired', { revoked_tokens: 1, revoked_consents: 1 }],
    ['revoked', { revoked_tokens: 0, revoked_consents: 1 }],
    ['all', { revoked_tokens: 4, revoked_consents: 3 }],
    [undefined, { revoked_tokens: 3, revoked_consents: 1 }],
  ])(
    'by filter with status %s chooses grants by their status and revokes the whole family',
    async (status, expected) => {
      await service.store.consents.insertMany(
        ['live', 'dead', 'gone'].map((_id) => consentRow({ _id, user_id: 'x' })),
      );
      await service.store.refreshTokens.insertMany([
        tokenRow({ user_id: 'x', resource: 'live', consent_id: 'live' }),
        tokenRow({ user_id: 'x', resource: 'live', expires_at: past }),
        tokenRow({ user_id: 'x', resource: 'live too', expires_at: null }),
        tokenRow({ user_id: 'x', resource: 'dead', consent_id: 'dead', expires_at: past }),
        tokenRow({ user_id: 'x', resource: 'gone', consent_id: 'gone', revoked_at: past }),
      ]);
      const { body } = await revokeBulk({
        user_id: 'x',
        include_consent: true,
        ...(status ? { status } : {}),
      });
      expect(body).toEqual(expected);
      expect(await unrevokedTokens()).toBe(6 + 4 - expected.revoked_tokens);
    },
  );

  it('by a filter that matches nothing answers zeros', async () => {
    expect((await revokeBulk({ client_id: 'unknown' })).body).toEqual({
      revoked_tokens: 0,
      revoked_consents: 0,
    });
  });

  const unknown = encodeGrantId({ ...PAGE_GRANT, user_id: 'nobody' });
  const refused: [what: string, body: unknown, status: number, field: string][] = [
    ['an empty object', {}, 400, ''],
    ['no ids', { grant_ids: [] }, 400, '/grant_ids'],
    ['an empty id', { grant_ids: [''] }, 400, '/grant_ids/0'],
    ['null for an id', { grant_ids: [null] }, 400, '/grant_ids/0'],
    ['null for ids', { grant_ids: null }, 400, '/grant_ids'],
    ['null for a filter', { user_id: null }, 400, '/user_id'],
    ['an empty filter', { user_id: '' }, 400, '/user_id'],
    ['a number for a filter', { user_id: 5 }, 400, '/user_id'],
    ['an operator for a filter', { user_id: { $gt: '' } }, 400, '/user_id'],
    ['a list for a filter', { user_id: ['ann'] }, 400, '/user_id'],
    ['a status alone', { status: 'all' }, 400, ''],
    ['include_consent alone', { include_consent: true }, 400, ''],
    ['ids and a filter', { grant_ids: [idOf('ann')], user_id: 'ann' }, 400, '/user_id'],
    ['ids and a status', { grant_ids: [idOf('ann')], status: 'all' }, 400, '/status'],
    ['a misspelt filter', { client: 'vts_abc123' }, 400, '/client'],
    ['a misspelt filter beside a good one', { user_id: 'ann', clientId: 'x' }, 400, '/clientId'],
    ['a page size', { user_id: 'ann', limit: 1 }, 400, '/limit'],
    ['an unknown status', { user_id: 'ann', status: 'live' }, 400, '/status'],
    ['a string for include_consent', { user_id: 'ann', include_consent: 'false' }, 400, '/include_consent'],
    ['one id that does not decode', { grant_ids: [idOf('ann'), 'nonsense'] }, 400, '/grant_ids/1'],
    ['one id with bad characters', { grant_ids: [idOf('ann'), '../..'] }, 400, '/grant_ids/1'],
    ['one unknown id', { grant_ids: [idOf('ann'), unknown] }, 404, '/grant_ids/1'],
    ['1,001 ids', { grant_ids: Array(1001).fill(idOf('ann')) }, 400, '/grant_ids'],
    ['a list', [], 400, ''],
    ['a string', '"all"', 400, ''],
    ['null', 'null', 400, ''],
    ['an own __proto__', '{"user_id":"ann","__proto__":{"include_consent":true}}', 400, '/__proto__'],
  ];
  it.each(refused)('refuses %s and touches no row', async (_what, body, status, field) => {
    const answer = await revokeBulk(body);
    expect(answer.status).toBe(status);
    expect(answer.body.errors.map((error: { field: string }) => error.field)).toContain(field);
    expect(await unrevokedTokens()).toBe(6);
  });

  it('says what to send where nothing was chosen, and what not where too much was', async () => {
    const detailOf = async (body: unknown) => (await revokeBulk(body)).body.detail;
    expect(await detailOf({})).toBe(
      'the body must have at least one of grant_ids, account_id, project_id, user_id, client_id, resource.',
    );
    expect(await detailOf({ grant_ids: [idOf('ann')], user_id: 'ann' })).toBe(
      '/user_id is not a key that may be sent here.',
    );
  });

  it("leaves a consent that only a stranger's row names, also when its owner's grants are in the same batch", async () => {
    await service.store.consents.create(consentRow({ _id: "bob's", user_id: 'bob', client_id: 'other' }));
    await service.store.refreshTokens.create(tokenRow({ user_id: 'ann', scope: ['x'], consent_id: "bob's" }));
    const { body } = await revokeBulk({ client_id: PAGE_GRANT.client_id, include_consent: true });
    expect(body).toEqual({ revoked_tokens: 7, revoked_consents: 0 });
  });

  it('leaves a consent that only a row without a user names', async () => {
    await service.store.consents.create(consentRow({ _id: "bob's", user_id: 'bob' }));
    const { user_id: _, ...nobodys } = tokenRow({ client_id: 'odd', consent_id: "bob's" });
    await service.store.refreshTokens.collection.insertOne(nobodys as never);
    const { body } = await revokeBulk({ client_id: 'odd', include_consent: true });
    expect(body).toEqual({ revoked_tokens: 1, revoked_consents: 0 });
  });

  it('by ids is all or nothing however many there are', async () => {
    const many = Array.from({ length: 400 }, (_, index) => `user-${index}`);
    await service.store.refreshTokens.insertMany(many.map((user_id) => tokenRow({ user_id })));
    const grant_ids = [...many, 'unknown'].map(idOf);
    const { status, body } = await revokeBulk({ grant_ids });
    expect([status, body.errors]).toMatchObject([404, [{ field: '/grant_ids/400' }]]);
    expect(await unrevokedTokens()).toBe(406);
  });

  it('revokes consents before tokens, and answers when a majority has journaled both', async () => {
    await service.store.consents.create(consentRow({ _id: 'c', user_id: 'ann' }));
    await service.store.refreshTokens.create(tokenRow({ user_id: 'ann', consent_id: 'c' }));
    await service.ask('GET', '/api/v1/oauth-grants', { as: admin });
    const writes: [unknown, unknown][] = [];
    const client = service.store.users.db.getClient();
    const note = ({ command }: { command: Record<string, unknown> }) => {
      const isOfRows = command.update === 'consents' || command.update === 'refresh_tokens';
      if (isOfRows) writes.push([command.update, command.writeConcern]);
    };
    client.on('commandStarted', note);
    await revokeBulk({ user_id: 'ann', include_consent: true });
    client.off('commandStarted', note);
    const durable = { w: 'majority', j: true };
    for (const [, concern] of writes) expect(concern).toEqual(durable);
    const names = writes.map(([name]) => name);
    expect(new Set(names)).toEqual(new Set(['consents', 'refresh_tokens']));
    expect(names.lastIndexOf('consents')).toBeLessThan(names.indexOf('refresh_tokens'));
  });

  it('of expired grants leaves a token that was issued meanwhile', async () => {
    await service.store.refreshTokens.create(tokenRow({ user_id: 'x', expires_at: past }));
    await service.ask('GET', '/api/v1/oauth-grants', { as: admin });
    const { refreshTokens } = service.store;
    beforeNextUpdate(async () => {
      await refreshTokens.collection.insertOne(tokenRow({ user_id: 'x' }) as never);
    });
    const { body } = await revokeBulk({ user_id: 'x', status: 'expired' });
    expect(body.revoked_tokens).toBe(1);
    expect(await refreshTokens.countDocuments({ user_id: 'x', revoked_at: null })).toBe(1);
  });

  it.each(['\ud800', '\udfff'])(
    'refuses half of a surrogate pair, which the database would store as another text',
    async (half) => {
      await service.store.refreshTokens.create(tokenRow({ client_id: '\ufffd' }));
      const answers = [
        await revokeBulk({ client_id: half }),
        await service.ask('GET', '/api/v1/oauth-grants?client_id=%ed%a0%80', { as: admin }),
        await service.ask('GET', '/api/v1/oauth-grants?client_id=%ff', { as: admin }),
      ];
      expect(answers.map(({ status }) => status)).toEqual([400, 400, 400]);
      expect(await unrevokedTokens()).toBe(7);
    },
  );
});

it('told to stop, it ends a long revocation between two batches, with a 503, and the same request does the rest', async () => {
  const stopped = new Service({ batchSize: 50 });
  await stopped.start();
  await stopped.store.refreshTokens.insertMany(
    Array.from({ length: 120 }, (_, index) => tokenRow({ user_id: `user-${index}` })),
  );
  const { refreshTokens } = stopped.store;
  await stopped.ask('GET', '/api/v1/oauth-grants', { as: admin });
  beforeNextUpdate(async () => stopped.stopping.abort());
  const request = { as: admin, body: { client_id: PAGE_GRANT.client_id } };
  const { status, headers, body } = await stopped.ask('POST', '/api/v1/oauth-grants/revoke', request);
  expect([status, headers.get('retry-after'), body.detail]).toEqual([
    503,
    '5',
    expect.stringContaining('again'),
  ]);
  // One batch or two were under way when it was told.
  expect([20, 70]).toContain(await refreshTokens.countDocuments({ revoked_at: null }));

  const next = new Service();
  await next.start([], stopped.uri);
  expect((await next.ask('POST', '/api/v1/oauth-grants/revoke', request)).status).toBe(200);
  expect(await refreshTokens.countDocuments({ revoked_at: null })).toBe(0);
  await next.stop();
  await stopped.stop();
});
