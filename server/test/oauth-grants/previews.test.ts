import { mongo } from 'mongoose';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { encodeGrantId } from '../../src/grants/rows/identity.ts';
import { times } from '../effort.ts';
import { consentRow, PAGE_GRANT, PAGE_GRANT_ID, tokenRow } from '../rows.ts';
import { Service, useService } from '../service.ts';
import { admin, day, fill } from './lists.ts';
import { previewing } from './previewing.ts';

const service = useService();
const { preview, execute, revoke, unrevoked, snapshot } = previewing(service);
const { account_id, client_id, user_id, project_id, resource } = PAGE_GRANT;
const MINUTE = 60_000;
const later = (minutes: number) => {
  service.now = new Date(service.now.getTime() + minutes * MINUTE);
};

beforeEach(async () => {
  service.now = new Date('2026-06-01T12:00:00.000Z');
  await fill(service);
  await service.store.users.create({ _id: user_id, name: 'Michael', email: 'm@example.com' });
  await service.store.consents.create(consentRow({ _id: 'consent' }));
  await service.store.refreshTokens.create(tokenRow({ _id: 'page', consent_id: 'consent' }));
});

describe('a preview', () => {
  it('counts, shows the grants as a list does, and changes nothing', async () => {
    const before = await snapshot();
    const { status, body } = await preview({ client_id, include_consent: true });
    expect(status).toBe(200);
    const { body: shown } = await service.ask('GET', `/api/v1/oauth-grants/${PAGE_GRANT_ID}`, { as: admin });
    expect(body).toEqual({
      grants: 1,
      tokens: 1,
      consents: 1,
      sample: [shown],
      preview_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      expires_at: '2026-06-01T12:10:00.000Z',
    });
    expect(await snapshot()).toEqual(before);
    expect(service.logged.join('')).not.toContain('m@example.com');
  });

  it('shows ten grants at most, those granted last first', async () => {
    const { body } = await preview({ account_id, status: 'all' });
    expect(body.grants).toBe(25);
    expect(body.sample).toHaveLength(10);
    const granted = body.sample.map(({ granted_at }: { granted_at: string }) => granted_at);
    expect(granted).toEqual(granted.toSorted().reverse());
  });

  it('of nothing says so, and can be executed', async () => {
    const { body } = await preview({ client_id: 'nobody' });
    expect(body).toMatchObject({ grants: 0, tokens: 0, consents: 0, sample: [] });
    expect((await execute(body.preview_token)).body).toEqual({ revoked_tokens: 0, revoked_consents: 0 });
    expect(await service.store.auditEvents.countDocuments()).toBe(0);
  });

  it.each([
    ['a filter outside what is visible', { account_id: 'another' }, 403],
    ['an id that is unknown', { grant_ids: [encodeGrantId({ ...PAGE_GRANT, user_id: 'nobody' })] }, 404],
    ['an id that is none', { grant_ids: ['nonsense'] }, 400],
    ['nothing but dry_run', {}, 400],
    ['a status alone', { status: 'all' }, 400],
    ['dry_run that is no boolean', { client_id, dry_run: 'true' }, 400],
    ['a preview_token', { preview_token: 'a.b.c' }, 400],
  ])('of %s is refused as a revocation is', async (_what, body, status) => {
    expect((await preview(body)).status).toBe(status);
  });

  it('that is not asked for is a revocation: dry_run false changes nothing about it', async () => {
    expect((await revoke({ client_id, dry_run: false })).body).toEqual({
      revoked_tokens: 1,
      revoked_consents: 0,
    });
  });
});

describe('executing a preview', () => {
  it('revokes exactly what was previewed, and answers as any bulk revocation', async () => {
    const { body } = await preview({ client_id, include_consent: true });
    const before = await unrevoked();
    expect(await execute(body.preview_token)).toMatchObject({
      status: 200,
      body: { revoked_tokens: 1, revoked_consents: 1 },
    });
    expect(await unrevoked()).toEqual({ tokens: before.tokens - 1, consents: before.consents - 1 });
  });

  it('leaves an audit event of who executed it and what that changed', async () => {
    const { body } = await preview({ client_id });
    expect(await service.store.auditEvents.countDocuments()).toBe(0);
    await execute(body.preview_token);
    const [event, ...others] = await service.store.auditEvents.find().lean();
    expect(event).toMatchObject({
      by: { user_id: 'admin' },
      operation: 'revokeOAuthGrants',
      revoked_tokens: 1,
      revoked_consents: 0,
    });
    expect(others).toEqual([]);
  });

  it('works once: the second time it is a 409 that says what the first one revoked', async () => {
    const { body } = await preview({ client_id });
    await execute(body.preview_token);
    const again = await execute(body.preview_token);
    expect(again.body).toMatchObject({ status: 409, type: 'urn:grantkeeper:problem:preview-executed' });
    expect(again.body.detail).toContain('1 token and 0 consents');
    later(15);
    expect((await execute(body.preview_token)).body.type).toBe('urn:grantkeeper:problem:preview-executed');
  });

  it('is not put off by tokens that are used or rotated meanwhile', async () => {
    const { body } = await preview({ client_id });
    await service.store.refreshTokens.updateOne(
      { _id: 'page' },
      {
        $set: { revoked_at: service.now, revoked_reason: 'rotated', updated_at: service.now },
        $unset: { grouped: '' },
      },
    );
    await service.store.refreshTokens.create(tokenRow({ _id: 'next', created_at: service.now }));
    expect((await execute(body.preview_token)).body).toEqual({ revoked_tokens: 1, revoked_consents: 0 });
  });

  it('revokes a grant that is between two tokens at either moment', async () => {
    const consumed = { revoked_at: service.now, revoked_reason: 'rotated' };
    await service.store.refreshTokens.create(tokenRow({ _id: 'a', scope: ['a'], ...consumed }));
    const { body } = await preview({ client_id });
    expect(body.grants).toBe(1);
    await service.store.refreshTokens.create(tokenRow({ _id: 'b', scope: ['a'], created_at: service.now }));
    await service.store.refreshTokens.updateOne({ _id: 'page' }, { $set: consumed, $unset: { grouped: '' } });
    expect((await execute(body.preview_token)).body).toEqual({ revoked_tokens: 1, revoked_consents: 0 });
    expect(await service.store.refreshTokens.countDocuments({ client_id, revoked_at: null })).toBe(0);
  });

  it('is an hour later still known, and for an unexecuted preview a 410 after ten minutes', async () => {
    const { body } = await preview({ client_id });
    later(10);
    const before = await snapshot();
    expect((await execute(body.preview_token)).body).toMatchObject({
      status: 410,
      type: 'urn:grantkeeper:problem:preview-expired',
    });
    expect(await snapshot()).toEqual(before);
  });

  it('is a 410 for the oldest of more than ten previews', async () => {
    const first = (await preview({ client_id })).body.preview_token;
    const others = [];
    for (let turn = 0; turn < 10; turn += 1) others.push((await preview({ client_id })).body.preview_token);
    expect((await execute(first)).status).toBe(410);
    expect(await service.store.revocationPreviewSets.countDocuments()).toBe(10);
    expect((await execute(others[0])).status).toBe(200);
  });

  it('is still possible for one that was cut off, however many previews came later', async () => {
    const { preview_token } = (await preview({ client_id })).body;
    await service.store.revocationPreviews.updateMany({}, { $set: { begun_at: service.now } });
    for (let turn = 0; turn < 12; turn += 1) await preview({ client_id });
    expect((await execute(preview_token)).body).toEqual({ revoked_tokens: 1, revoked_consents: 0 });
  });

  it('takes nothing beside the token', async () => {
    const { body } = await preview({ client_id });
    for (const more of [{ client_id }, { dry_run: true }, { include_consent: true }, { grant_ids: ['x'] }]) {
      expect((await revoke({ preview_token: body.preview_token, ...more })).status).toBe(400);
    }
    expect((await execute(body.preview_token)).status).toBe(200);
  });
});

describe('a preview token', () => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const none = part({ alg: 'none', typ: 'grantkeeper-preview+jwt' });

  it.each<[string, (token: string) => string]>([
    ['with another signature', (token) => token.replace(/[^.]+$/, 'c2lnbmF0dXJl')],
    [
      'with other claims',
      (token) => token.replace(/\.[^.]+\./, `.${part({ sub: 'admin', jti: 'x', exp: 9e9 })}.`),
    ],
    ['without a signature', (token) => `${none}.${token.split('.')[1]}.x`],
    ['that is none', () => 'a.b.c'],
  ])('%s is a 400, and nothing is touched', async (_what, spoil) => {
    const { body } = await preview({ client_id });
    const before = await snapshot();
    const { status, body: problem } = await execute(spoil(body.preview_token));
    expect(status).toBe(400);
    expect(problem.errors).toEqual([expect.objectContaining({ in: 'body', field: '/preview_token' })]);
    expect(await snapshot()).toEqual(before);
  });

  it('of somebody else is the same 400 as one that does not exist', async () => {
    const { body } = await preview({ client_id });
    const other = { ...admin, sub: 'another admin' };
    const { request_id: _, ...theirs } = (await execute(body.preview_token, other)).body;
    const { request_id: __, ...none } = (await execute('a.b.c', other)).body;
    expect(theirs).toEqual(none);
    expect(theirs.status).toBe(400);
    expect((await execute(body.preview_token)).status).toBe(200);
  });

  it.each([
    ['another account', { account_id: 'another' }],
    ['a project instead of the account', { project_id, permissions: ['project:admin'] }],
    ['their own grants instead of the account', { permissions: ['account:member'] }],
    ['nothing', { permissions: [] }],
  ])('is a 403 once its user sees %s', async (_what, claims) => {
    const { body } = await preview({ client_id });
    const before = await snapshot();
    expect((await execute(body.preview_token, { ...admin, ...claims })).status).toBe(403);
    expect(await snapshot()).toEqual(before);
  });

  it('still works once its user sees more', async () => {
    const member = { ...admin, sub: user_id, permissions: ['account:member'] };
    const { body } = await preview({ client_id }, member);
    expect((await execute(body.preview_token, { ...member, permissions: ['account:admin'] })).status).toBe(
      200,
    );
  });

  it('works on every server of the store', async () => {
    const second = new Service();
    await second.start([], service.uri);
    try {
      const { body } = await preview({ client_id });
      second.now = service.now;
      expect((await previewing(second).execute(body.preview_token)).status).toBe(200);
      expect((await execute(body.preview_token)).status).toBe(409);
    } finally {
      await second.stop();
    }
  });

  it('is signed with one key, however many servers need the first one at once', async () => {
    const made = await Promise.all(Array.from({ length: 8 }, () => preview({ client_id })));
    expect(await service.store.serverKeys.countDocuments()).toBe(1);
    const [token, ...others] = made.map(({ body }) => body.preview_token);
    expect((await execute(token)).status).toBe(200);
    for (const other of others) expect((await execute(other)).status).toBe(409);
  });
});

describe('what changed since a preview', () => {
  const page = () => service.store.refreshTokens.updateOne({ _id: 'page' }, REVOKED);
  const REVOKED = { $set: { revoked_at: new Date() }, $unset: { grouped: '' } };
  const active = () => service.store.refreshTokens.create(tokenRow({ scope: ['new'] }));
  const changes: [string, object, () => Promise<unknown>, object][] = [
    ['a grant was added', { client_id }, active, { added: 1 }],
    ['a grant was revoked', { client_id }, page, { removed: 1 }],
    ['a grant expired', { client_id }, async () => later(9), { removed: 1 }],
    ['a grant was revoked, of all', { client_id, status: 'all' }, page, { other_status: 1 }],
    ['a grant was revoked, by ids', { grant_ids: [PAGE_GRANT_ID] }, page, { other_status: 1 }],
    [
      'the rows of a grant were deleted, by ids',
      { grant_ids: [PAGE_GRANT_ID] },
      async () => {
        await service.store.refreshTokens.deleteOne({ _id: 'page' });
        await service.store.grants.deleteMany({});
      },
      { removed: 1 },
    ],
    [
      'an expired grant is active again',
      { client_id, status: 'expired' },
      () => service.store.refreshTokens.create(tokenRow({ scope: ['old'] })),
      { removed: 1 },
    ],
    [
      'one was revoked, and another one added',
      { client_id },
      async () => {
        await page();
        await active();
      },
      { added: 1, removed: 1 },
    ],
  ];

  it.each(changes)('%s', async (_what, which, change, counts) => {
    const soon = new Date(service.now.getTime() + 5 * MINUTE);
    const expires_at = day(service, -1);
    await service.store.refreshTokens.updateOne(
      { _id: 'page' },
      { $set: { expires_at: soon }, $unset: { grouped: '' } },
    );
    await service.store.refreshTokens.create(tokenRow({ scope: ['old'], expires_at }));
    const { body } = await preview(which);
    await change();
    const before = await snapshot();
    const answer = await execute(body.preview_token);
    const none = { added: 0, removed: 0, other_status: 0 };
    expect(answer.body).toMatchObject({
      status: 409,
      type: 'urn:grantkeeper:problem:preview-changed',
      changes: { ...none, ...counts },
    });
    expect(answer.body.changes.grant_ids).toHaveLength(Object.keys(counts).length);
    expect(await snapshot()).toEqual(before);
  });

  it('names ten grants at most, and counts all', async () => {
    const { body } = await preview({ client_id });
    await service.store.refreshTokens.insertMany(
      Array.from({ length: 30 }, (_, index) => tokenRow({ scope: [`s${index}`] })),
    );
    const { changes } = (await execute(body.preview_token)).body;
    expect(changes).toMatchObject({ added: 30, removed: 0, other_status: 0 });
    expect(new Set(changes.grant_ids).size).toBe(10);
  });

  it('does not matter where it is outside of the selection', async () => {
    const { body } = await preview({ client_id, user_id });
    await service.store.refreshTokens.insertMany([
      tokenRow({ user_id: 'another' }),
      tokenRow({ client_id: 'another' }),
      tokenRow({ account_id: 'another' }),
    ]);
    expect((await execute(body.preview_token)).status).toBe(200);
  });

  it('is undone again: then the preview can be executed', async () => {
    const { body } = await preview({ client_id, resource });
    const { _id } = await active();
    expect((await execute(body.preview_token)).status).toBe(409);
    await revoke({ grant_ids: [encodeGrantId({ ...PAGE_GRANT, scope: ['new'] })] });
    expect((await execute(body.preview_token)).status).toBe(200);
    expect(_id).toBeDefined();
  });

  it('is a 409 each time', async () => {
    for (let turn = 0; turn < times(4, 50); turn += 1) {
      const { body } = await preview({ client_id });
      await service.store.refreshTokens.create(tokenRow({ scope: [`turn ${turn}`] }));
      expect((await execute(body.preview_token)).status).toBe(409);
    }
  });
});

describe('an execution', () => {
  it('happens once, however many callers send the token at once', async () => {
    for (let turn = 0; turn < times(2, 5); turn += 1) {
      await service.store.refreshTokens.create(tokenRow({ scope: [`turn ${turn}`] }));
      const { body } = await preview({ client_id });
      const answers = await Promise.all(Array.from({ length: 8 }, () => execute(body.preview_token)));
      const executed = answers.filter(({ status }) => status === 200);
      expect(executed.map(({ body }) => body.revoked_tokens)).toEqual([turn === 0 ? 2 : 1]);
      expect(answers.filter(({ status }) => status === 409)).toHaveLength(7);
    }
  });

  it('that fails in the middle is finished by sending the token again, with the counts of all', async () => {
    const cut = new Service({ batchSize: 1_000 });
    await cut.start([], service.uri);
    try {
      cut.now = service.now;
      const asked = previewing(cut);
      const { body } = await asked.preview({ account_id, status: 'all', include_consent: true });
      const { updateMany } = mongo.Collection.prototype;
      let writes = 0;
      const spy = vi.spyOn(mongo.Collection.prototype, 'updateMany').mockImplementation(function (
        this: mongo.Collection,
        ...args
      ) {
        const [, update] = args;
        writes += JSON.stringify(update).includes('revoked_reason') ? 1 : 0;
        if (writes === 1) throw new Error('cut off');
        return updateMany.apply(this, args);
      });
      expect((await asked.execute(body.preview_token)).status).toBe(500);
      spy.mockRestore();
      expect((await unrevoked()).consents).toBe(0);
      expect((await execute(body.preview_token)).body).toEqual({
        revoked_tokens: body.tokens,
        revoked_consents: body.consents,
      });
    } finally {
      await cut.stop();
    }
  });

  it('of a server that died can be taken over once its lease is over, also when ten minutes are over', async () => {
    const { body } = await preview({ client_id });
    const lease = (until: Date) =>
      service.store.revocationPreviews.updateMany(
        {},
        { $set: { begun_at: service.now, lease: { holder: 'a dead server', until } } },
      );
    await lease(new Date(Date.now() + MINUTE));
    const early = await execute(body.preview_token);
    expect(early.body.type).toBe('urn:grantkeeper:problem:preview-executing');
    expect(early.headers.get('retry-after')).toBe('5');
    await lease(new Date(Date.now() - 1));
    later(30);
    expect((await execute(body.preview_token)).body).toEqual({ revoked_tokens: 1, revoked_consents: 0 });
  });

  it.each([false, true])('whose lease another one has taken stops; with a key: %s', async (hasKey) => {
    const { body } = await preview({ client_id });
    const { updateOne } = mongo.Collection.prototype;
    const spy = vi.spyOn(mongo.Collection.prototype, 'updateOne').mockImplementation(async function (
      this: mongo.Collection,
      ...args
    ) {
      const result = await updateOne.apply(this, args);
      const hasBegun = this.collectionName === 'revocation_previews' && Object(args[1]).$set?.begun_at;
      if (hasBegun) await updateOne.call(this, {}, { $set: { 'lease.holder': 'another server' } });
      return result;
    });
    const before = await snapshot();
    const send = () =>
      service.ask('POST', '/api/v1/oauth-grants/revoke', {
        as: admin,
        body: { preview_token: body.preview_token },
        headers: hasKey ? { 'Idempotency-Key': 'a-key' } : {},
      });
    const { status, headers } = await send();
    expect([status, headers.get('retry-after')]).toEqual([503, '5']);
    expect(await snapshot()).toEqual(before);
    spy.mockRestore();
    expect((await send()).status).toBe(409);
    await service.store.revocationPreviews.updateMany({}, { $set: { 'lease.until': new Date(0) } });
    expect((await execute(body.preview_token)).status).toBe(200);
    // Only a repetition with its key is told the counts as its own.
    expect((await send()).status).toBe(hasKey ? 200 : 409);
  });

  it('of another is not told to a repetition as its own, if the first attempt did nothing', async () => {
    const { body } = await preview({ client_id });
    const send = (key: string) =>
      service.ask('POST', '/api/v1/oauth-grants/revoke', {
        as: admin,
        body: { preview_token: body.preview_token },
        headers: { 'Idempotency-Key': key },
      });
    const { findOneAndUpdate } = mongo.Collection.prototype;
    const spy = vi.spyOn(mongo.Collection.prototype, 'findOneAndUpdate').mockImplementation(async function (
      this: mongo.Collection,
      ...args
    ) {
      if (this.collectionName === 'revocation_previews') throw new Error('cut off');
      return findOneAndUpdate.apply(this, args);
    });
    expect((await send('first')).status).toBe(500);
    spy.mockRestore();
    expect((await send('second')).status).toBe(200);
    const again = await send('first');
    expect([again.status, again.body.type]).toEqual([409, 'urn:grantkeeper:problem:preview-executed']);
    expect((await send('second')).status).toBe(200);
    expect(await service.store.auditEvents.countDocuments()).toBe(1);
  });

  it('that is told to stop answers 503 and goes on where it was', async () => {
    const second = new Service();
    await second.start([], service.uri);
    try {
      second.now = service.now;
      const { body } = await preview({ client_id });
      second.stopping.abort();
      expect((await previewing(second).execute(body.preview_token)).status).toBe(503);
      expect((await execute(body.preview_token)).status).toBe(200);
    } finally {
      await second.stop();
    }
  });
});

it('keeps previews for an hour, by the clock of the database', async () => {
  for (const { collection } of [service.store.revocationPreviews, service.store.revocationPreviewSets]) {
    expect(await collection.indexes()).toContainEqual(
      expect.objectContaining({ key: { kept_from: 1 }, expireAfterSeconds: 3_600 }),
    );
  }
  await preview({ client_id });
  const [stored] = await service.store.revocationPreviews.find().lean();
  expect(Math.abs((stored?.kept_from.getTime() ?? 0) - Date.now())).toBeLessThan(MINUTE);
});
