import { beforeEach, describe, expect, it, vi } from 'vitest';
import { finishEvents } from '../../src/grants/audit/finish.ts';
import { finishRevocations } from '../../src/grants/revocation/finish.ts';
import { keepSuspensions } from '../../src/grants/revocation/keep-suspensions.ts';
import { suspendGrant } from '../../src/grants/revocation/suspend.ts';
import { encodeGrantId } from '../../src/grants/rows/identity.ts';
import { times } from '../effort.ts';
import { expectNoDifference } from '../grants/read-model/actors.ts';
import { consentRow, PAGE_GRANT, PAGE_GRANT_ID, tokenRow } from '../rows.ts';
import { type Asking, useService } from '../service.ts';

const service = useService({ batchSize: 2 });
/** How many requests with one key come at once. */
const AT_ONCE = times(60, 200);
const { account_id, user_id } = PAGE_GRANT;
const GRANT = `/api/v1/oauth-grants/${PAGE_GRANT_ID}`;
const ADMIN = { sub: 'admin', client_id: 'vts_console', account_id, permissions: ['account:admin'] };
const OTHER_ADMIN = { sub: 'another', account_id, permissions: ['account:admin'] };
const PROJECT_ADMIN = {
  ...OTHER_ADMIN,
  project_id: PAGE_GRANT.project_id,
  permissions: ['project:admin'],
};
const MEMBER = { sub: user_id, account_id, permissions: ['account:member'] };
const BOB = { sub: 'bob', account_id, permissions: ['account:member'] };
const ASKED = {
  by: { user_id: 'admin', client_id: null },
  request_id: null,
  operation: 'suspendOAuthGrant',
};
const DAY = 24 * 60 * 60 * 1_000;

beforeEach(async () => {
  service.now = new Date('2026-06-01T12:00:00.000Z');
  await service.store.refreshTokens.create(
    tokenRow({ _id: 'page', consent_id: 'c' }),
    tokenRow({ _id: 'bob', user_id: 'bob' }),
  );
  await service.store.consents.create(consentRow({ _id: 'c' }));
});

const suspend = (asking: Asking = { as: ADMIN }, path = GRANT) =>
  service.ask('POST', `${path}/suspend`, asking);
const restore = (asking: Asking = { as: ADMIN }, path = GRANT) =>
  service.ask('POST', `${path}/restore`, asking);
const revokeMany = (body: object) => service.ask('POST', '/api/v1/oauth-grants/revoke', { as: ADMIN, body });
const shown = async () => (await service.ask('GET', `${GRANT}?include_suspension=true`, { as: ADMIN })).body;
const mark = () =>
  service.model.grants.findOne(
    { '_id.user_id': user_id },
    { projection: { _id: 0, revocation: 1, revoking: 1, suspension: 1, suspended_until: 1 } },
  );
const events = async () =>
  (await service.ask('GET', '/api/v1/oauth-grants/audit-events', { as: ADMIN })).body.events;
const pass = (milliseconds: number) => {
  service.now = new Date(service.now.getTime() + milliseconds);
};
const isLive = async (_id = 'page') =>
  (await service.store.refreshTokens.countDocuments({ _id, revoked_at: null })) === 1;
const killed = async () => {
  throw new Error('killed');
};

/** The upkeep of a server, once each. */
async function upkeep(): Promise<void> {
  await finishRevocations(service.model, 0);
  await keepSuspensions(service.model);
  await finishEvents(service.model, 0);
}

describe('a suspension', () => {
  it('marks the grant as one whose tokens are not to be refreshed, for seven days, and revokes nothing', async () => {
    const { status, body } = await suspend();
    expect({ status, body }).toEqual({ status: 200, body: { suspended_until: '2026-06-08T12:00:00.000Z' } });
    expect(await mark()).toEqual({
      revoking: true,
      suspension: expect.any(String),
      suspended_until: new Date('2026-06-08T12:00:00.000Z'),
    });
    expect(await isLive()).toBe(true);
    expect(await shown()).toMatchObject({ status: 'active', suspended_until: '2026-06-08T12:00:00.000Z' });
    await expectNoDifference(service.model);
  });

  it('shows only where somebody asks for it', async () => {
    await suspend();
    const list = (query: string) => service.ask('GET', `/api/v1/oauth-grants?${query}`, { as: ADMIN });
    for (const query of ['', 'include_suspension=false', 'cursor=first']) {
      expect((await list(query)).body.grants.flatMap(Object.keys)).not.toContain('suspended_until');
    }
    expect((await service.ask('GET', GRANT, { as: ADMIN })).body).not.toHaveProperty('suspended_until');
    const { grants } = (await list('include_suspension=true&sort_by=user_name')).body;
    const until = (of: string) =>
      grants.find((one: { user_id: string }) => one.user_id === of).suspended_until;
    expect([until(user_id), until('bob')]).toEqual(['2026-06-08T12:00:00.000Z', undefined]);
  });

  it('is not prolonged by another, and has one event', async () => {
    await suspend();
    pass(DAY);
    expect((await suspend({ as: MEMBER })).body).toEqual({ suspended_until: '2026-06-08T12:00:00.000Z' });
    expect(await events()).toMatchObject([
      {
        action: 'suspend',
        reason: 'requested',
        operation: 'suspendOAuthGrant',
        by: { user_id: 'admin', client_id: 'vts_console' },
        grants: 1,
        revoked_tokens: 0,
        revoked_consents: 0,
        grant_ids: [PAGE_GRANT_ID],
      },
    ]);
  });

  it('has another event where someone with a wider permission asks again, exactly one', async () => {
    await suspend({ as: MEMBER });
    const { suspended_until } = await shown();
    pass(1_000);
    const answers = await Promise.all(Array.from({ length: 10 }, () => suspend({ as: ADMIN })));
    for (const answer of answers) expect(answer).toMatchObject({ status: 200, body: { suspended_until } });
    pass(1_000);
    await suspend({ as: PROJECT_ADMIN });
    await upkeep();
    expect(await events()).toMatchObject([
      { action: 'suspend', by: { user_id: 'admin' }, grants: 1, grant_ids: [PAGE_GRANT_ID] },
      { action: 'suspend', by: { user_id }, grants: 1 },
    ]);
  });

  it('whose wider permission was cut off from its answer keeps the event, and a repetition has no other', async () => {
    await suspend({ as: MEMBER });
    pass(1_000);
    const again: Asking = { as: ADMIN, headers: { 'Idempotency-Key': 's' } };
    vi.spyOn(service.model.store.entries, 'updateOne').mockImplementationOnce(killed);
    expect(await suspend(again)).toMatchObject({ status: 200 });
    await service.store.idempotencyKeys.updateMany(
      {},
      { $set: { until: new Date(0) }, $unset: { answer: '' } },
    );
    expect(await suspend(again)).toMatchObject({ status: 200 });
    await upkeep();
    expect((await events()).map(({ by }: { by: { user_id: string } }) => by.user_id)).toEqual([
      'admin',
      user_id,
    ]);
    expect(await restore({ as: MEMBER })).toMatchObject({ status: 403 });
  });

  it('is one, whoever asks for it at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => suspend()));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await service.store.grantSuspensions.countDocuments()).toBe(1);
    await upkeep();
    expect(await events()).toHaveLength(1);
  });

  it('is for those who see the grant', async () => {
    expect(await suspend({ as: BOB })).toMatchObject({ status: 404 });
    expect(await restore({ as: BOB })).toMatchObject({ status: 404 });
    const unknown = `/api/v1/oauth-grants/${encodeGrantId({ ...PAGE_GRANT, client_id: 'other' })}`;
    expect(await suspend({ as: ADMIN }, unknown)).toMatchObject({ status: 404 });
    expect(await suspend({ as: ADMIN }, '/api/v1/oauth-grants/nonsense')).toMatchObject({ status: 400 });
    expect(await suspend({ as: { sub: user_id } })).toMatchObject({ status: 403 });
    expect(await suspend({})).toMatchObject({ status: 401 });
    expect(await mark()).toEqual({});
  });

  it.each([
    ['revoked', { revoked_at: new Date('2026-05-02') }],
    ['expired', { expires_at: new Date('2026-05-02') }],
  ])('is not for a grant that is %s', async (_status, change) => {
    await service.store.refreshTokens.updateOne({ _id: 'page' }, { $set: change, $unset: { grouped: '' } });
    expect(await suspend()).toMatchObject({
      status: 409,
      body: { type: 'urn:grantkeeper:problem:grant-not-active' },
    });
    expect(await mark()).toEqual({});
    await upkeep();
    expect(await events()).toEqual([]);
  });

  it('survives a rotation that was under way, and covers its token', async () => {
    await suspend();
    await service.store.refreshTokens.updateOne(
      { _id: 'page' },
      { $set: { revoked_at: service.now, revoked_reason: 'rotated' }, $unset: { grouped: '' } },
    );
    await service.store.refreshTokens.create(tokenRow({ _id: 'next' }));
    expect(await shown()).toMatchObject({ status: 'active', suspended_until: expect.any(String) });
    expect(await mark()).toMatchObject({ revoking: true });
  });

  it.each<[string, string, Asking]>([
    ['by its id', GRANT, { as: ADMIN }],
    ['with its consent', `/v1/me/grants/c`, { as: { sub: user_id } }],
  ])(
    'does not begin once the grant was revoked %s, also if its next token came just before',
    async (_how, path, asking) => {
      const { store } = service.model;
      await service.store.refreshTokens.updateOne(
        { _id: 'page' },
        { $set: { revoked_at: service.now, revoked_reason: 'rotated' }, $unset: { grouped: '' } },
      );
      await shown();
      const { updateOne } = store.batches;
      vi.spyOn(store.batches, 'updateOne').mockImplementationOnce(async (...given) => {
        await service.store.refreshTokens.create(tokenRow({ _id: 'next', consent_id: 'c' }));
        return updateOne.apply(store.batches, given);
      });
      expect((await service.ask('DELETE', path, asking)).status).toBeLessThan(300);
      expect(await isLive('next')).toBe(false);
      const options = {
        id: 's',
        asked: ASKED,
        rank: 1,
      };
      expect(await suspendGrant(service.model, PAGE_GRANT, { ...options, now: service.now })).toBeUndefined();
      expect(await mark()).toEqual({ revocation: expect.any(String) });
      await expectNoDifference(service.model);
    },
  );

  it.each([
    [
      'were revoked by the authorization server',
      { revoked_at: new Date('2026-06-01'), revoked_reason: 'revoked' },
    ],
    ['have expired', { expires_at: new Date('2026-06-01') }],
  ])('ends once its tokens %s, so that the person can sign in again', async (_how, change) => {
    await suspend();
    await service.store.refreshTokens.updateOne({ _id: 'page' }, { $set: change, $unset: { grouped: '' } });
    expect(await suspend()).toMatchObject({ status: 409 });
    await upkeep();
    expect(await mark()).toEqual({});
    expect(await restore()).toMatchObject({ status: 409 });
    await service.store.refreshTokens.create(tokenRow({ _id: 'again' }));
    pass(8 * DAY);
    await upkeep();
    expect(await isLive('again')).toBe(true);
    expect(await events()).toMatchObject([{ action: 'suspend' }]);
  });

  it('that has lost its tokens is not restored', async () => {
    await suspend();
    await service.store.refreshTokens.updateOne(
      { _id: 'page' },
      { $set: { revoked_at: service.now }, $unset: { grouped: '' } },
    );
    expect(await restore()).toMatchObject({ status: 409 });
    expect(await mark()).toEqual({});
  });

  it('survives grants that somebody drops', async () => {
    await suspend();
    await service.store.grants.collection.drop();
    await service.model.refresh();
    expect(await mark()).toMatchObject({ revoking: true, suspension: expect.any(String) });
    await service.store.grants.collection.drop();
    await keepSuspensions(service.model);
    expect(await mark()).toMatchObject({ revoking: true, suspension: expect.any(String) });
    await restore();
    await service.store.grants.collection.drop();
    await service.model.refresh();
    expect(await mark()).toEqual({});
  });

  it('that a revocation comes before is a 409, and has no event', async () => {
    const { suspensions } = service.model.store;
    const { insertOne } = suspensions;
    vi.spyOn(suspensions, 'insertOne').mockImplementationOnce(async (...given) => {
      const inserted = await insertOne.apply(suspensions, given);
      await service.ask('DELETE', GRANT, { as: MEMBER });
      return inserted;
    });
    const { status, body } = await suspend();
    expect([status, body.type]).toEqual([409, 'urn:grantkeeper:problem:grant-not-active']);
    expect(await events()).toMatchObject([{ action: 'revoke', revoked_tokens: 1 }]);
    await upkeep();
    expect(await service.store.auditEvents.countDocuments()).toBe(1);
    expect(await service.store.auditEntries.countDocuments()).toBe(1);
    expect(await mark()).not.toHaveProperty('suspension');
  });

  it('that was cut off before the grant was marked is completed by upkeep, with its event', async () => {
    await service.model.refresh();
    vi.spyOn(service.model.store.grants, 'updateOne').mockImplementationOnce(killed);
    expect(await suspend()).toMatchObject({ status: 500 });
    expect(await mark()).toEqual({});
    await upkeep();
    expect(await mark()).toMatchObject({ revoking: true });
    expect(await events()).toMatchObject([{ action: 'suspend', grants: 1 }]);
  });

  it('that was cut off, and whose grant was revoked since, comes to nothing', async () => {
    await service.model.refresh();
    vi.spyOn(service.model.store.grants, 'updateOne').mockImplementationOnce(killed);
    await suspend();
    await service.store.refreshTokens.updateOne(
      { _id: 'page' },
      { $set: { revoked_at: service.now }, $unset: { grouped: '' } },
    );
    await service.model.refresh();
    await upkeep();
    expect(await mark()).toEqual({});
    expect(await events()).toEqual([]);
  });
});

describe('a restoration', () => {
  it('frees the grant, whose tokens work again, and has an event', async () => {
    await suspend();
    pass(7 * DAY - 1);
    expect(await restore({ as: OTHER_ADMIN })).toMatchObject({ status: 204 });
    expect(await mark()).toEqual({});
    expect(await isLive()).toBe(true);
    expect(await shown()).not.toHaveProperty('suspended_until');
    expect(await events()).toMatchObject([
      { action: 'restore', operation: 'restoreOAuthGrant', by: { user_id: 'another' }, grants: 1 },
      { action: 'suspend' },
    ]);
    await expectNoDifference(service.model);
    expect(await suspend()).toMatchObject({ status: 200 });
  });

  it('is one, however many ask for it at the same time', async () => {
    await suspend();
    pass(1_000);
    const answers = await Promise.all(Array.from({ length: 20 }, () => restore()));
    const statuses = answers.map(({ status }) => status).toSorted();
    expect(statuses).toEqual([204, ...Array.from({ length: 19 }, () => 409)]);
    await upkeep();
    expect((await events()).map(({ action }: { action: string }) => action)).toEqual(['restore', 'suspend']);
  });

  it('is not for someone with a narrower permission than who suspended the grant', async () => {
    const refused = { status: 403, body: { type: 'urn:grantkeeper:problem:suspended-by-admin' } };
    await suspend({ as: MEMBER });
    expect(await restore({ as: MEMBER })).toMatchObject({ status: 204 });
    await suspend({ as: MEMBER });
    await suspend({ as: PROJECT_ADMIN });
    expect(await restore({ as: MEMBER })).toMatchObject(refused);
    await suspend({ as: MEMBER });
    expect(await restore({ as: MEMBER })).toMatchObject(refused);
    await suspend({ as: ADMIN });
    expect(await restore({ as: PROJECT_ADMIN })).toMatchObject(refused);
    expect(await mark()).toMatchObject({ revoking: true });
    expect(await restore({ as: OTHER_ADMIN })).toMatchObject({ status: 204 });
    expect(await mark()).toEqual({});
  });

  it('of a grant that is not suspended is a 409', async () => {
    const refused = { status: 409, body: { type: 'urn:grantkeeper:problem:grant-not-suspended' } };
    expect(await restore()).toMatchObject(refused);
    await suspend();
    await restore();
    expect(await restore()).toMatchObject(refused);
  });

  it('that was cut off is completed by upkeep, with its event', async () => {
    await suspend();
    pass(1_000);
    vi.spyOn(service.model.store.grants, 'updateOne').mockImplementationOnce(killed);
    expect(await restore()).toMatchObject({ status: 500 });
    expect(await mark()).toMatchObject({ revoking: true });
    await upkeep();
    expect(await mark()).toEqual({});
    expect((await events()).map(({ action }: { action: string }) => action)).toEqual(['restore', 'suspend']);
  });

  it('comes too late after the window: the grant is revoked, by who suspended it, once', async () => {
    await suspend();
    pass(7 * DAY);
    const late = await restore();
    expect(late).toMatchObject({ status: 409, body: { detail: expect.stringContaining('too late') } });
    await Promise.all([upkeep(), upkeep()]);
    await upkeep();
    expect(await isLive()).toBe(false);
    expect(await isLive('bob')).toBe(true);
    expect(await mark()).toEqual({ revocation: expect.any(String) });
    expect(await restore()).toMatchObject({ status: 409 });
    expect(await events()).toMatchObject([
      {
        action: 'revoke',
        reason: 'suspension-over',
        by: { user_id: 'admin', client_id: 'vts_console' },
        grants: 1,
        revoked_tokens: 1,
      },
      { action: 'suspend' },
    ]);
    await expectNoDifference(service.model);
  });

  it('that came too late for one server is not repeated by a slower one, for what was granted since', async () => {
    await suspend();
    pass(7 * DAY);
    const { updateOne } = service.model.store.suspensions;
    let isFirst = true;
    vi.spyOn(service.model.store.suspensions, 'updateOne').mockImplementation(async (...given) => {
      // The slower one has found the suspension, and is about to claim it.
      if (isFirst && '$currentDate' in given[1]) {
        isFirst = false;
        await keepSuspensions(service.model);
        await service.store.refreshTokens.create(tokenRow({ _id: 'again', expires_at: null }));
        await service.model.refresh();
      }
      return updateOne.apply(service.model.store.suspensions, given);
    });
    await keepSuspensions(service.model);
    vi.restoreAllMocks();
    expect([await isLive(), await isLive('again')]).toEqual([false, true]);
  });

  it('is over for every server, once one of them has begun to revoke the grant', async () => {
    await suspend();
    pass(7 * DAY);
    vi.spyOn(service.model.store.events, 'updateOne').mockImplementationOnce(killed);
    await keepSuspensions(service.model);
    pass(-DAY);
    expect(await restore()).toMatchObject({ status: 409 });
    pass(DAY);
    await upkeep();
    expect(await isLive()).toBe(false);
  });
});

describe('a revocation of a suspended grant', () => {
  it.each([
    ['of one grant', () => service.ask('DELETE', GRANT, { as: ADMIN })],
    ['by ids', () => revokeMany({ grant_ids: [PAGE_GRANT_ID] })],
    ['by filter', () => revokeMany({ user_id })],
    ['of its consent', () => service.ask('DELETE', '/v1/me/grants/c', { as: { sub: user_id } })],
  ])('%s revokes it, and ends the suspension', async (_way, revoke) => {
    await suspend();
    expect((await revoke()).status).toBeLessThan(300);
    expect(await isLive()).toBe(false);
    expect(await mark()).toEqual({ revocation: expect.any(String) });
    expect(await restore()).toMatchObject({ status: 409 });
    await service.store.refreshTokens.create(tokenRow({ _id: 'again' }));
    await upkeep();
    pass(8 * DAY);
    await upkeep();
    expect(await isLive('again')).toBe(true);
    await expectNoDifference(service.model);
  });

  it('that is cut off ends the suspension once it is finished', async () => {
    await suspend();
    vi.spyOn(service.model.store.rows, 'updateMany').mockImplementationOnce(killed);
    expect(await service.ask('DELETE', GRANT, { as: ADMIN })).toMatchObject({ status: 500 });
    expect(await mark()).toMatchObject({ revoking: true, revocation: expect.any(String) });
    await upkeep();
    expect(await mark()).toEqual({ revocation: expect.any(String) });
    expect(await service.store.grantSuspensions.countDocuments({ ended_at: null })).toBe(0);
  });

  it('of expired grants alone leaves it suspended', async () => {
    await suspend();
    pass(40 * DAY);
    // Only the database's rows expire: the window is over, but no server has noticed yet.
    await revokeMany({ user_id, status: 'expired' });
    expect(await mark()).toMatchObject({ revoking: true, suspension: expect.any(String) });
  });

  it('of a consent leaves it suspended where it has other tokens', async () => {
    await service.store.refreshTokens.create(tokenRow({ _id: 'without consent' }));
    await suspend();
    await service.ask('DELETE', '/v1/me/grants/c', { as: { sub: user_id } });
    expect([await isLive(), await isLive('without consent')]).toEqual([false, true]);
    expect(await mark()).toMatchObject({ revoking: true, suspension: expect.any(String) });
    expect(await restore()).toMatchObject({ status: 204 });
    expect(await mark()).toEqual({ revocation: expect.any(String) });
  });

  it('never brings back a token that was revoked for reuse', async () => {
    await service.store.refreshTokens.create(
      tokenRow({ _id: 'reused', revoked_at: service.now, revoked_reason: 'reuse' }),
    );
    await suspend();
    await restore();
    expect(await isLive('reused')).toBe(false);
  });
});

describe('with an Idempotency-Key', () => {
  const keyed = (key: string): Asking => ({ as: ADMIN, headers: { 'Idempotency-Key': key } });

  it('a suspension and a restoration are repeated safely', async () => {
    const first = await suspend(keyed('s'));
    expect(await restore(keyed('r'))).toMatchObject({ status: 204 });
    const again = await suspend(keyed('s'));
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(await restore(keyed('r'))).toMatchObject({ status: 204 });
    expect(await mark()).toEqual({});
    expect(await events()).toHaveLength(2);
  });

  it('many simultaneous requests with one key are one', async () => {
    for (const [key, ask] of Object.entries({ s: suspend, r: restore })) {
      const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => ask(keyed(key))));
      const good = answers.filter(({ status }) => status < 300);
      const early = answers.filter(({ status }) => status === 409);
      expect(good.length + early.length).toBe(AT_ONCE);
      expect(good.filter(({ headers }) => headers.get('idempotency-replayed') === null)).toHaveLength(1);
      for (const { body } of early) expect(body.type).toMatch(/idempotency-key-in-use$/);
    }
    expect(await events()).toHaveLength(2);
  });

  it('a key of one is none of the other', async () => {
    await suspend(keyed('s'));
    expect(await restore(keyed('s'))).toMatchObject({ status: 422 });
    expect(await mark()).toMatchObject({ revoking: true });
  });

  it('a repetition goes on with a first attempt that was cut off', async () => {
    await service.model.refresh();
    vi.spyOn(service.model.store.grants, 'updateOne').mockImplementationOnce(killed);
    expect(await suspend(keyed('s'))).toMatchObject({ status: 500 });
    expect(await suspend(keyed('s'))).toMatchObject({ status: 200 });
    pass(1_000);
    vi.spyOn(service.model.store.grants, 'updateOne').mockImplementationOnce(killed);
    expect(await restore(keyed('r'))).toMatchObject({ status: 500 });
    expect(await restore(keyed('r'))).toMatchObject({ status: 204 });
    expect(await mark()).toEqual({});
    await upkeep();
    expect((await events()).map(({ action }: { action: string }) => action)).toEqual(['restore', 'suspend']);
  });
});
