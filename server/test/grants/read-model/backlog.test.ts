import type { JWTPayload } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { consentRow, PAGE_GRANT, PAGE_GRANT_ID, tokenRow } from '../../rows.ts';
import { Service, useService } from '../../service.ts';
import { expectNoDifference } from './actors.ts';

/*
 * More is pending than a list takes in while it is waited for.
 */

const service = useService({ batchSize: 3, lookLimit: 5 });
const hasty = new Service({ batchSize: 3, lookLimit: 5, patience: 1_000 });
beforeAll(() => hasty.start([], service.uri));
afterAll(() => hasty.stop());

const adminOf = (account_id: string) => ({ sub: 'admin', account_id, permissions: ['account:admin'] });
const admin = adminOf(PAGE_GRANT.account_id);
const list = (from: Service, as = admin) => from.ask('GET', '/api/v1/oauth-grants', { as });
const unrevoked = () => service.store.refreshTokens.countDocuments({ revoked_at: null });
const IMPORTED = 40;

/** What another program imports, some of it claimed by a process that fell, and one row of another account. */
beforeEach(async () => {
  await list(service);
  const rows = Array.from({ length: IMPORTED }, (_, index) => ({
    ...tokenRow({ user_id: `user-${index % 20}`, consent_id: `c${index % 20}` }),
    ...(index % 7 === 0 ? { grouped: { claim: 'of one who fell' } } : {}),
  }));
  const consents = Array.from({ length: 20 }, (_, index) =>
    consentRow({
      _id: `c${index}`,
      user_id: `user-${index}`,
      granted_at: new Date(Date.UTC(2026, 0, 1 + index)),
    }),
  );
  await service.store.refreshTokens.collection.insertMany(rows as never[]);
  await service.store.consents.collection.insertMany(consents as never[]);
  await service.store.refreshTokens.create(tokenRow(), tokenRow({ account_id: 'another' }));
});

async function expectAllIsIn(active = 21): Promise<void> {
  const { status, body } = await list(service);
  expect([status, body.total_count]).toEqual([200, active]);
  await expectNoDifference(service.model);
  expect(await service.store.refreshTokens.countDocuments({ 'grouped.done': null })).toBe(0);
  expect(await service.store.consents.countDocuments({ 'grouped.done': null })).toBe(0);
}

const setLease = (until: number) =>
  service.model.store.state.updateOne(
    { _id: 'grants' },
    {
      $set: {
        lease: { holder: 'another server', until: new Date(until) },
        backlog: { left: 9_000, rate: 3_000 },
      },
    },
    { upsert: true },
  );
const endLease = () => service.model.store.state.deleteMany({});

describe('a backlog', () => {
  it('is taken in while the list waits, and logged', async () => {
    service.logged.length = 0;
    await expectAllIsIn();
    const told = service.logged.map((line) => JSON.parse(line)).filter(({ msg }) => /backlog/.test(msg));
    expect(told[0]).toMatchObject({ msg: 'taking in a backlog of rows', taken: 0, left: IMPORTED + 22 });
    expect(told.at(-1)).toMatchObject({ msg: 'took in a backlog of rows' });
    expect(await service.model.backlog.progress()).toBeUndefined();
  });

  it('that a server took on that fell is taken in by another', async () => {
    await setLease(Date.now() - 1);
    await expectAllIsIn();
  });

  it('ends, however many lists and revocations meet in it', async () => {
    const one = { sub: 'user-1', scope: 'all' };
    const answers = Array.from({ length: 24 }, (_, index) =>
      index % 3 === 0
        ? service.ask('DELETE', '/v1/me/grants/c1', { as: one })
        : list(index % 2 === 0 ? service : hasty),
    );
    for (const { status } of await Promise.all(answers)) expect([200, 204, 503]).toContain(status);
    await expectAllIsIn(20);
  });

  it('is taken in by both servers at once without harm', async () => {
    await Promise.all([list(service), list(hasty), service.model.refreshWhole(), hasty.model.refreshWhole()]);
    await expectAllIsIn();
  });
});

describe('while another server takes in a backlog', () => {
  beforeEach(async () => {
    await setLease(Date.now() + 3_600_000);
  });

  it('a list of its account is a 503 that says when it will be done, and is answered then', async () => {
    const { status, headers, body } = await list(hasty);
    expect([status, headers.get('retry-after')]).toEqual([503, '3']);
    expect(body).toMatchObject({
      type: 'urn:grantkeeper:problem:unavailable',
      detail: expect.stringContaining('Retry-After'),
    });
    await endLease();
    await expectAllIsIn();
  });

  it('a list of an account without one is answered', async () => {
    const { status, body } = await list(hasty, adminOf('another'));
    expect([status, body.total_count]).toEqual([200, 1]);
  });

  it('/readyz says how far it is, and stays ok', async () => {
    const { status, body } = await hasty.ask('GET', '/readyz');
    expect([status, body]).toEqual([200, { status: 'ok', backlog: { left: 9_000, rate: 3_000 } }]);
  });

  const revoke = { method: 'POST', path: '/api/v1/oauth-grants/revoke' };
  const ways: { way: string; method: string; path: string; left: number; body?: object; as?: JWTPayload }[] =
    [
      { way: 'of one grant', method: 'DELETE', path: `/api/v1/oauth-grants/${PAGE_GRANT_ID}`, left: 41 },
      { way: 'by ids', ...revoke, body: { grant_ids: [PAGE_GRANT_ID] }, left: 41 },
      { way: 'by filter', ...revoke, body: { user_id: 'user-3' }, left: 40 },
      { way: 'of an account', ...revoke, body: { account_id: PAGE_GRANT.account_id }, left: 1 },
      { way: 'of a consent', method: 'DELETE', path: '/v1/me/grants/c3', as: { sub: 'user-3' }, left: 40 },
    ];
  it.each(ways)('a revocation $way waits for nobody', async ({ method, path, body, as = admin, left }) => {
    expect((await hasty.ask(method, path, { as, body })).status).toBeLessThan(300);
    expect(await unrevoked()).toBe(left);
    await endLease();
    const { grants } = (await service.ask('GET', '/api/v1/oauth-grants?status=all', { as: admin })).body;
    expect(grants).toHaveLength(21);
    await expectNoDifference(service.model);
  });

  it('a revocation takes along a row that is written while it is taken in', async () => {
    const { rows } = hasty.model.store;
    const update = rows.updateMany.bind(rows);
    const use = () =>
      rows.updateMany({ user_id: 'user-3' }, { $set: { last_used_at: hasty.now }, $unset: { grouped: '' } });
    vi.spyOn(rows, 'updateMany').mockImplementationOnce(async (...claim) => {
      const claimed = await update(...claim);
      await use();
      return claimed;
    });
    const body = { user_id: 'user-3', status: 'all' };
    expect((await hasty.ask('POST', revoke.path, { as: admin, body })).body.revoked_tokens).toBe(2);
    await endLease();
    await expectAllIsIn(20);
  });
});
