import type { JWTPayload } from 'jose';
import { mongo } from 'mongoose';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { finishEvents } from '../../src/grants/audit/finish.ts';
import { recordedPurge } from '../../src/grants/audit/purge.ts';
import { finishRevocations } from '../../src/grants/revocation/finish.ts';
import { encodeGrantId } from '../../src/grants/rows/identity.ts';
import { some } from '../effort.ts';
import { consentRow, PAGE_GRANT, tokenRow } from '../rows.ts';
import { type Asking, useService } from '../service.ts';

const service = useService({ batchSize: 2 });
const { account_id, project_id, user_id, client_id } = PAGE_GRANT;
const EVENTS = '/api/v1/oauth-grants/audit-events';
const OTHER_PROJECT = 'another-project';
const as = (sub: string, permission: string, claims: object = {}) => ({
  sub,
  account_id,
  project_id,
  permissions: [permission],
  ...claims,
});
const ADMIN = as('admin', 'account:admin', { client_id: 'vts_console' });
const PROJECT_ADMIN = as('lead', 'project:admin');
const MEMBER = as(user_id, 'account:member');
const BOB = as('bob', 'account:member');

const events = async (query = '', who: JWTPayload = ADMIN) =>
  (await service.ask('GET', `${EVENTS}${query}`, { as: who })).body.events;
const revoke = (body: object, asking: Asking = { as: ADMIN }) =>
  service.ask('POST', '/api/v1/oauth-grants/revoke', { ...asking, body });
const grantId = (values: object = {}) => encodeGrantId({ ...PAGE_GRANT, ...values });
const stored = () => service.store.auditEvents.find().sort({ at: 1 }).lean();

/** Each test moves the clock, so that events have an order. */
const later = () => {
  service.now = new Date(service.now.getTime() + 1_000);
  return service.now.toISOString();
};

beforeEach(async () => {
  service.now = new Date();
  const expires_at = new Date(service.now.getTime() + 60 * 60 * 1_000);
  await service.store.refreshTokens.insertMany([
    tokenRow({ expires_at, consent_id: 'k' }),
    tokenRow({ expires_at, consent_id: 'k', user_id: 'bob' }),
    tokenRow({ expires_at, user_id: 'bob', project_id: OTHER_PROJECT }),
    tokenRow({ expires_at, user_id: 'bob', project_id: OTHER_PROJECT }),
    tokenRow({ expires_at, user_id: 'bob', client_id: 'app', scope: [] }),
    tokenRow({ expires_at, account_id: 'elsewhere' }),
  ]);
  await service.store.consents.create(consentRow({ _id: 'k' }));
});

describe('an audit event', () => {
  it('says who revoked a grant, by which request, when, and what that changed', async () => {
    const headers = { 'X-Request-Id': 'a-request' };
    await service.ask('DELETE', `/api/v1/oauth-grants/${grantId()}?include_consent=true`, {
      as: ADMIN,
      headers,
    });
    expect(await events()).toEqual([
      {
        event_id: expect.any(String),
        at: service.now.toISOString(),
        action: 'revoke',
        reason: 'requested',
        operation: 'revokeOAuthGrant',
        by: { user_id: 'admin', client_id: 'vts_console' },
        request_id: 'a-request',
        include_consent: true,
        grants: 1,
        revoked_tokens: 1,
        revoked_consents: 1,
        grant_ids: [grantId()],
      },
    ]);
  });

  it('is one for a bulk revocation, and says what was selected', async () => {
    await revoke({ client_id });
    const filter = { account_id, client_id, status: 'active' };
    const [event, ...others] = await events();
    expect(others).toEqual([]);
    expect(event).toMatchObject({ operation: 'revokeOAuthGrants', filter, grants: 3, revoked_tokens: 4 });
    expect(event.grant_ids.toSorted()).toEqual(
      [
        grantId(),
        grantId({ user_id: 'bob' }),
        grantId({ user_id: 'bob', project_id: OTHER_PROJECT }),
      ].toSorted(),
    );
    expect(event.by).toEqual({ user_id: 'admin', client_id: 'vts_console' });
  });

  it('is written for consents that a person takes back, and for consents without a token', async () => {
    await service.store.consents.create(consentRow({ _id: 'bare' }));
    const person = { sub: user_id, account_id };
    await service.ask('DELETE', '/v1/me/grants/k', { as: person });
    later();
    await service.ask('DELETE', '/v1/me/grants/bare', { as: person });
    expect(await events()).toMatchObject([
      { operation: 'revokeMeGrant', grants: 0, revoked_tokens: 0, revoked_consents: 1, grant_ids: [] },
      {
        operation: 'revokeMeGrant',
        grants: 1,
        revoked_tokens: 1,
        revoked_consents: 1,
        grant_ids: [grantId()],
      },
    ]);
  });

  it.each([
    ['selects nothing', { client_id: 'unknown' }],
    ['finds nothing of its status', { client_id, status: 'expired' }],
    ['finds only what is revoked already', { client_id, status: 'all' }],
    ['names what is revoked already', { grant_ids: [grantId()], include_consent: true }],
  ])('is not written for a revocation that %s, however often', async (_what, body) => {
    await revoke({ client_id, include_consent: true });
    const before = await stored();
    expect(before).toHaveLength(1);
    for (let turn = 0; turn < 3; turn += 1) {
      expect((await revoke(body)).body).toEqual({ revoked_tokens: 0, revoked_consents: 0 });
    }
    expect(await stored()).toEqual(before);
  });

  it('is written for a purge, with what each account lost', async () => {
    await revoke({ client_id });
    later();
    expect(await recordedPurge(service.model, { before: service.now, dryRun: true })).toBe(4);
    expect(await recordedPurge(service.model, { before: service.now, dryRun: false })).toBe(4);
    expect(await events('?action=purge')).toMatchObject([
      { action: 'purge', reason: 'retention', operation: 'purge', by: {}, grants: 0, deleted_tokens: 4 },
    ]);
    expect(await events('?action=purge', PROJECT_ADMIN)).toEqual([]);
    expect(await events('?action=purge', as('x', 'account:admin', { account_id: 'elsewhere' }))).toEqual([]);
    expect(await recordedPurge(service.model, { before: service.now, dryRun: false })).toBe(0);
    expect(await events('?action=purge')).toHaveLength(1);
  });

  it('is kept for the days that are configured', async () => {
    await revoke({ client_id });
    const [event] = await stored();
    expect(event?.expire_at).toEqual(new Date(service.now.getTime() + 365 * 24 * 60 * 60 * 1_000));
    for (const { collection } of [service.store.auditEvents, service.store.auditEntries]) {
      expect(await collection.indexes()).toContainEqual(
        expect.objectContaining({ key: { expire_at: 1 }, expireAfterSeconds: 0 }),
      );
    }
    expect(await service.store.auditEntries.distinct('expire_at')).toEqual([event?.expire_at]);
  });
});

describe('the events of a revocation that was cut off', () => {
  const body = { client_id, include_consent: true };

  /** Fails every update of many after the first few. */
  async function cutOff(after: number, headers: Record<string, string> = {}): Promise<void> {
    const { updateMany } = mongo.Collection.prototype;
    const spy = vi.spyOn(mongo.Collection.prototype, 'updateMany').mockImplementation(function (
      this: mongo.Collection,
      ...args
    ) {
      if (spy.mock.calls.length > after) throw new Error('cut off');
      return updateMany.apply(this, args);
    });
    expect((await revoke(body, { as: ADMIN, headers })).status).toBe(500);
    spy.mockRestore();
  }

  /** What all events say together. */
  async function totals() {
    const told = await events();
    const sum = (name: string) => told.reduce((total: number, event: never) => total + event[name], 0);
    return { revoked_tokens: sum('revoked_tokens'), revoked_consents: sum('revoked_consents') };
  }

  const finishAll = async () => {
    await finishRevocations(service.model, 0);
    await finishEvents(service.model, 0);
    expect(await service.store.auditEvents.countDocuments({ finished_at: null })).toBe(0);
    expect(await service.store.modelRevocations.countDocuments({ finished_at: null })).toBe(0);
  };

  /** After how many of its statements, of which there are a few more. */
  const CUTS = some(
    Array.from({ length: 13 }, (_, index) => index),
    4,
  );

  it.each(CUTS)(
    'say once what was revoked, if it is repeated before it is finished, after %i statements',
    async (after) => {
      await service.ask('GET', '/api/v1/oauth-grants', { as: ADMIN });
      await cutOff(after);
      later();
      await revoke(body);
      await finishAll();
      expect(await totals()).toEqual({ revoked_tokens: 4, revoked_consents: 1 });
    },
  );

  it.each(CUTS)(
    'are one, if it is repeated with its key before it is finished, after %i statements',
    async (after) => {
      const headers = { 'Idempotency-Key': 'a-key' };
      await service.ask('GET', '/api/v1/oauth-grants', { as: ADMIN });
      await cutOff(after, headers);
      later();
      const answer = await revoke(body, { as: ADMIN, headers });
      expect(answer.body).toEqual({ revoked_tokens: 4, revoked_consents: 1 });
      const expires_at = new Date(service.now.getTime() + 60 * 60 * 1_000);
      await service.store.refreshTokens.create(tokenRow({ _id: 'granted since', expires_at }));
      await finishAll();
      expect(await service.store.refreshTokens.findById('granted since')).toMatchObject({ revoked_at: null });
      expect(await events()).toMatchObject([{ grants: 3, ...answer.body }]);
    },
  );

  it.each(CUTS)('say once what was revoked in the end, after %i statements', async (after) => {
    await service.ask('GET', '/api/v1/oauth-grants', { as: ADMIN });
    await cutOff(after);
    expect(await events(), 'not finished yet').toEqual([]);
    await finishEvents(service.model, 0);
    await finishRevocations(service.model, 0);
    await Promise.all([finishEvents(service.model, 0), finishEvents(service.model, 0)]);
    later();
    await revoke(body);
    expect(await totals()).toEqual({ revoked_tokens: 4, revoked_consents: 1 });
    expect(
      (await events()).filter(({ interrupted }: { interrupted?: boolean }) => !interrupted).length,
    ).toBeLessThan(2);
    expect(await service.store.auditEvents.countDocuments({ finished_at: null })).toBe(0);
  });

  it('are finished once more where another server took them for cut off while they went on', async () => {
    await service.ask('GET', '/api/v1/oauth-grants', { as: ADMIN });
    const { updateMany } = mongo.Collection.prototype;
    const spy = vi.spyOn(mongo.Collection.prototype, 'updateMany').mockImplementationOnce(async function (
      this: mongo.Collection,
      ...args
    ) {
      spy.mockRestore();
      const longAgo = new Date(Date.now() - 61_000);
      await service.store.auditEvents.updateOne({}, { $set: { renewed_at: longAgo } });
      await service.store.modelRevocations.updateMany({}, { $set: { finished_at: longAgo } });
      await finishEvents(service.model);
      expect(await stored()).toEqual([]);
      return updateMany.apply(this, args);
    });
    // Of one batch: the next one would show that the revocation goes on.
    const { body } = await revoke({ client_id, user_id: 'bob' });
    expect(body.revoked_tokens).toBe(3);
    await finishEvents(service.model);
    expect(await events()).toMatchObject([{ grants: 2, revoked_tokens: 3 }]);
  });

  it('is not finished before its revocation, nor while that is under way', async () => {
    await service.ask('GET', '/api/v1/oauth-grants', { as: ADMIN });
    await cutOff(8);
    await service.store.auditEvents.updateOne({}, { $set: { renewed_at: new Date() } });
    await finishRevocations(service.model, 0);
    await finishEvents(service.model);
    expect(await events()).toEqual([]);
    await service.store.auditEvents.updateOne({}, { $set: { renewed_at: new Date(Date.now() - 61_000) } });
    await finishEvents(service.model);
    expect(await events()).toMatchObject([{ interrupted: true }]);
  });
});

describe('the list of audit events', () => {
  beforeEach(async () => {
    await revoke({ client_id, project_id: OTHER_PROJECT });
    later();
    await revoke({ client_id, include_consent: true });
    later();
    await revoke({ client_id: 'app' }, { as: BOB });
  });

  it('has what changed grants that the caller may see, counted as far as they see', async () => {
    const counts = async (who: JWTPayload) =>
      (await events('', who)).map(({ grants, revoked_tokens, revoked_consents, grant_ids }: never) => [
        grants,
        revoked_tokens,
        revoked_consents,
        (grant_ids as string[]).length,
      ]);
    expect(await counts(ADMIN)).toEqual([
      [1, 1, 0, 1],
      [2, 2, 1, 2],
      [1, 2, 0, 1],
    ]);
    expect(await counts(PROJECT_ADMIN)).toEqual([
      [1, 1, 0, 1],
      [2, 2, 1, 2],
    ]);
    expect(await counts(MEMBER)).toEqual([[1, 1, 1, 1]]);
    expect(await counts(BOB)).toEqual([
      [1, 1, 0, 1],
      [1, 1, 0, 1],
      [1, 2, 0, 1],
    ]);
    expect(await counts(as('x', 'account:admin', { account_id: 'elsewhere' }))).toEqual([]);
    expect((await service.ask('GET', EVENTS, { as: { sub: 'x', account_id } })).status).toBe(403);
    expect((await service.ask('GET', EVENTS)).status).toBe(401);
  });

  it('filters by grant, user, client, action and time', async () => {
    const totals = async (query: string, who?: JWTPayload) =>
      (await events(query, who)).map(({ revoked_tokens }: never) => revoked_tokens);
    const [newest, middle] = await events();
    expect(await totals(`?grant_id=${grantId()}`)).toEqual([2]);
    expect(await totals(`?grant_id=${grantId({ user_id: 'bob' })}`, BOB)).toEqual([1]);
    expect(await totals(`?grant_id=${grantId()}`, BOB)).toEqual([]);
    expect(await totals(`?grant_id=${grantId({ scope: ['never'] })}`)).toEqual([]);
    expect(await totals(`?grant_id=${grantId()}&user_id=bob`)).toEqual([]);
    expect(await totals(`?grant_id=${grantId()}&client_id=app`)).toEqual([]);
    expect(await totals('?user_id=bob')).toEqual([1, 2, 2]);
    expect(await totals('?client_id=app')).toEqual([1]);
    expect(await totals('?action=purge')).toEqual([]);
    expect(await totals(`?from=${middle.at}`)).toEqual([1, 2]);
    expect(await totals(`?to=${newest.at}`)).toEqual([2, 2]);
    expect(await totals(`?from=${middle.at}&to=${newest.at}`)).toEqual([2]);
  });

  it.each([
    ['user_id=bob', 403, 'user_id'],
    ['grant_id=nonsense', 400, 'grant_id'],
    ['cursor=nonsense', 400, 'cursor'],
    ['action=forget', 400, 'action'],
    ['from=yesterday', 400, 'from'],
    ['to=2026-06-30T23:59:60Z', 400, 'to'],
    ['limit=201', 400, 'limit'],
    ['status=active', 400, 'status'],
  ])('answers %s with a %i that names the parameter', async (query, status, field) => {
    const answer = await service.ask('GET', `${EVENTS}?${query}`, { as: MEMBER });
    expect(answer.status).toBe(status);
    expect(answer.body.errors).toMatchObject([{ in: 'query', field }]);
  });

  it('is read page by page, whatever comes on top meanwhile', async () => {
    const all = await events();
    const told: unknown[] = [];
    let cursor = '';
    do {
      const { body } = await service.ask('GET', `${EVENTS}?limit=1${cursor}`, { as: ADMIN });
      told.push(...body.events);
      cursor = body.next_cursor && `&cursor=${body.next_cursor}`;
      await service.store.refreshTokens.create(tokenRow({ client_id: 'late', scope: [`${told.length}`] }));
      later();
      await revoke({ client_id: 'late' });
    } while (cursor);
    expect(told).toEqual(all);
    const { body } = await service.ask('GET', `${EVENTS}?limit=1`, { as: ADMIN });
    const other = await service.ask('GET', `${EVENTS}?client_id=app&cursor=${body.next_cursor}`, {
      as: ADMIN,
    });
    expect(other.status).toBe(400);
  });

  it('is sent as lines of JSON to a client that accepts them', async () => {
    const headers = {
      Accept: 'application/x-ndjson',
      Authorization: `Bearer ${await service.token(ADMIN)}`,
    };
    const ask = (query: string) => fetch(`${service.url}${EVENTS}${query}`, { headers });
    const answer = await ask('?limit=2');
    expect(answer.headers.get('content-type')).toBe('application/x-ndjson');
    const lines = (await answer.text()).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual((await events()).slice(0, 2));
    const odd = await ask('?client_id=https://app.example/c?v=1&limit=1');
    expect(odd.status).toBe(200);
    const next = /^<(\?limit=2&cursor=[\w-]+)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1];
    const rest = await ask(next ?? '');
    expect(await rest.json()).toEqual((await events())[2]);
    expect(rest.headers.get('link')).toBeNull();
  });
});
