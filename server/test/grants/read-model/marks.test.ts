import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { finishRevocations } from '../../../src/grants/revocation/finish.ts';
import type { StoredGrant } from '../../../src/grants/rows/store.ts';
import { consentRow, PAGE_GRANT, PAGE_GRANT_ID, tokenRow } from '../../rows.ts';
import { Service, useService } from '../../service.ts';
import { expectNoDifference } from './actors.ts';

/*
 * The mark on a grant says that it is being revoked. Whoever rotates a token goes by it, so it must be there from before
 * the first row until after the last, and outlive whatever happens meanwhile.
 */

const service = useService({ batchSize: 2 });
const other = new Service();
beforeAll(() => other.start([], service.uri));
afterAll(() => other.stop());
afterEach(() => {
  vi.restoreAllMocks();
});

const admin = { sub: 'admin', account_id: PAGE_GRANT.account_id, permissions: ['account:admin'] };
const revoke = { method: 'POST', path: '/api/v1/oauth-grants/revoke', as: admin };
const ways = [
  { way: 'of one grant', method: 'DELETE', path: `/api/v1/oauth-grants/${PAGE_GRANT_ID}`, as: admin },
  { way: 'by ids', ...revoke, body: { grant_ids: [PAGE_GRANT_ID] } },
  { way: 'by filter', ...revoke, body: { user_id: PAGE_GRANT.user_id } },
  { way: 'of a consent', method: 'DELETE', path: '/v1/me/grants/c', as: { sub: PAGE_GRANT.user_id } },
];

/** A grant with a consent, and two grants of others. */
async function fill(): Promise<void> {
  await service.store.consents.create(consentRow({ _id: 'c' }));
  await service.store.refreshTokens.create(
    tokenRow({ _id: 'page', consent_id: 'c' }),
    tokenRow({ _id: 'bob', user_id: 'bob' }),
    tokenRow({ _id: 'carol', user_id: 'carol' }),
  );
  await service.model.refresh();
}

type Mark = Pick<StoredGrant, 'revocation' | 'revoking' | 'version' | 'status'>;

const marks = async (): Promise<Record<string, Mark>> => {
  const grants = await service.model.grants.find({ grant_hash: { $exists: true } }).toArray();
  return Object.fromEntries(
    grants.map(({ _id, revocation, revoking, version, status }) => [
      _id.user_id,
      { revocation, revoking, version, status } as Mark,
    ]),
  );
};
const liveRows = async () =>
  (await service.store.refreshTokens.find({ revoked_at: null }).sort({ _id: 1 }).lean()).map(
    ({ _id }) => _id,
  );

/** Does something instead of the next update of rows by the service. */
function insteadOfNextRevocation(work: () => Promise<never>): void {
  vi.spyOn(service.model.store.rows, 'updateMany').mockImplementationOnce(work);
}

/** Begins a revocation, and falls before the first row is revoked. */
async function fall({ method, path, ...asking }: (typeof ways)[number]): Promise<void> {
  insteadOfNextRevocation(async () => {
    throw new Error('killed');
  });
  expect((await service.ask(method, path, asking)).status).toBe(500);
}

describe.each(ways)('a revocation $way', (way) => {
  it('marks its grant before it touches a row, and says when it is done', async () => {
    await fill();
    let during: Record<string, Mark> = {};
    const { updateMany } = service.model.store.rows;
    vi.spyOn(service.model.store.rows, 'updateMany').mockImplementationOnce(async (...given) => {
      during = await marks();
      return updateMany.apply(service.model.store.rows, given);
    });
    const { method, path, ...asking } = way;
    expect((await service.ask(method, path, asking)).status).toBeLessThan(300);
    expect(during).toMatchObject({
      [PAGE_GRANT.user_id]: { revoking: true, revocation: expect.any(String), status: 'active' },
      bob: { revoking: undefined, revocation: undefined },
    });
    const { [PAGE_GRANT.user_id]: before } = during;
    expect(before).toMatchObject({ version: before?.revocation });
    expect((await marks())[PAGE_GRANT.user_id]).toMatchObject({
      revocation: before?.revocation,
      revoking: undefined,
      status: 'revoked',
    });
    await expectNoDifference(other.model);
  });

  it('that is cut off stays marked until another server has finished it, and nothing else', async () => {
    await fill();
    await fall(way);
    await other.model.refresh();
    expect(await marks()).toMatchObject({
      [PAGE_GRANT.user_id]: { revoking: true, status: 'active' },
      bob: { revoking: undefined },
    });
    expect(await finishRevocations(other.model), 'so soon').toBe(0);
    expect(await finishRevocations(other.model, 0)).toBe(1);
    expect(await liveRows()).toEqual(['bob', 'carol']);
    expect(await marks()).toMatchObject({
      [PAGE_GRANT.user_id]: { revoking: undefined, status: 'revoked' },
      bob: { revoking: undefined, revocation: undefined, status: 'active' },
    });
    await expectNoDifference(other.model);
    expect(await finishRevocations(other.model, 0)).toBe(0);
  });

  it('that is cut off, and was repeated since, leaves alone what was granted after that', async () => {
    await fill();
    await fall(way);
    const { method, path, ...asking } = way;
    expect((await service.ask(method, path, asking)).status).toBeLessThan(300);
    const again = await service.store.consents.findOneAndUpdate(
      { _id: 'c' },
      { $set: { revoked_at: null }, $unset: { grouped: '' } },
    );
    await service.store.refreshTokens.create(tokenRow({ _id: 'again', consent_id: again?._id ?? null }));
    await other.model.refresh();
    expect(await finishRevocations(other.model, 0)).toBe(0);
    expect(await liveRows()).toEqual(['again', 'bob', 'carol']);
    expect(await service.store.consents.countDocuments({ revoked_at: null })).toBe(1);
    expect((await marks())[PAGE_GRANT.user_id]).toMatchObject({ revoking: undefined, status: 'active' });
    expect(await service.store.modelRevocations.countDocuments({ finished_at: null })).toBe(0);
    await expectNoDifference(other.model);
  });

  it('that is cut off stays marked where somebody drops the grants', async () => {
    await fill();
    await fall(way);
    await service.store.grants.collection.drop();
    await other.model.refresh();
    expect(await marks()).toMatchObject({
      [PAGE_GRANT.user_id]: { revoking: true },
      bob: { revoking: undefined },
    });
    await service.store.grants.collection.drop();
    await finishRevocations(other.model, 0);
    expect(await liveRows()).toEqual(['bob', 'carol']);
    const { [PAGE_GRANT.user_id]: marked } = await marks();
    expect(marked).toMatchObject({ revoking: undefined, revocation: expect.any(String) });
    await service.store.grants.collection.drop();
    await other.model.refresh();
    expect((await marks())[PAGE_GRANT.user_id]).toMatchObject({
      revoking: undefined,
      revocation: marked?.revocation,
      status: 'revoked',
    });
    await expectNoDifference(other.model);
  });
});

it('a bulk revocation that is cut off is finished for the batch that was marked, no further', async () => {
  await service.store.refreshTokens.create(
    Array.from({ length: 9 }, (_, index) => tokenRow({ user_id: `user-${index}` })),
  );
  await service.model.refresh();
  const killed = async () => {
    throw new Error('killed');
  };
  vi.spyOn(service.model.store.rows, 'updateMany').mockImplementation(killed);
  const body = { client_id: PAGE_GRANT.client_id };
  expect((await service.ask('POST', '/api/v1/oauth-grants/revoke', { as: admin, body })).status).toBe(500);
  vi.restoreAllMocks();
  const marked = Object.values(await marks()).filter(({ revoking }) => revoking).length;
  expect([2, 4]).toContain(marked);
  await finishRevocations(other.model, 0);
  expect(await liveRows()).toHaveLength(9 - marked);
  await expectNoDifference(other.model);
});

it('one who was only slow does no harm when another has finished its work', async () => {
  await fill();
  const { updateMany } = service.model.store.rows;
  vi.spyOn(service.model.store.rows, 'updateMany').mockImplementationOnce(async (...given) => {
    await finishRevocations(other.model, 0);
    await service.store.refreshTokens.create(tokenRow({ _id: 'new' }));
    await other.model.refresh();
    return updateMany.apply(service.model.store.rows, given);
  });
  const { status } = await service.ask('DELETE', `/api/v1/oauth-grants/${PAGE_GRANT_ID}`, { as: admin });
  expect(status).toBe(200);
  await expectNoDifference(other.model);
  expect((await marks())[PAGE_GRANT.user_id]).toMatchObject({ revoking: undefined });
});
