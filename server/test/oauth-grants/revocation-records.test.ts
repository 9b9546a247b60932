import { mongo } from 'mongoose';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { consentRow, PAGE_GRANT, tokenRow } from '../rows.ts';
import { useService } from '../service.ts';

const service = useService();
const DAY = 24 * 60 * 60 * 1_000;
const member = {
  sub: PAGE_GRANT.user_id,
  account_id: PAGE_GRANT.account_id,
  permissions: ['account:member'],
};
const { client_id } = PAGE_GRANT;

const revoke = (body: object) =>
  service.ask('POST', '/api/v1/oauth-grants/revoke', { as: member, body: { client_id, ...body } });
const records = () => service.store.revocations.find().lean();

beforeEach(async () => {
  // The database deletes by its own clock.
  service.now = new Date();
  const expires_at = new Date(service.now.getTime() + DAY);
  await service.store.refreshTokens.insertMany([
    tokenRow({ expires_at }),
    tokenRow({ expires_at, scope: ['email'], consent_id: 'c' }),
  ]);
});

describe('the record of a bulk revocation by filter', () => {
  it('says who asked for what, and what it changed', async () => {
    await service.store.consents.create(consentRow({ _id: 'c' }));
    await revoke({ include_consent: true });
    expect(await records()).toEqual([
      {
        _id: expect.any(String),
        at: service.now,
        by: PAGE_GRANT.user_id,
        filter: { account_id: PAGE_GRANT.account_id, user_id: PAGE_GRANT.user_id, client_id },
        status: 'active',
        include_consent: true,
        grants: 2,
        revoked_tokens: 2,
        revoked_consents: 1,
        finished_at: service.now,
      },
    ]);
  });

  it.each([
    ['matched nothing', { client_id: 'unknown' }],
    ['matched nothing of that status', { status: 'expired' }],
    ['matched what was revoked already', { status: 'all' }],
    ['matched what was revoked already, with its consents', { status: 'revoked', include_consent: true }],
  ])('is not kept where it %s, however often', async (_what, body) => {
    await revoke({});
    const before = await records();
    expect(before).toHaveLength(1);
    for (let turn = 0; turn < 3; turn += 1) {
      expect((await revoke(body)).body).toEqual({ revoked_tokens: 0, revoked_consents: 0 });
    }
    expect(await records()).toEqual(before);
  });

  it('is written before the first row is touched, and is not finished where the work was cut off', async () => {
    expect((await service.ask('GET', '/api/v1/oauth-grants', { as: member })).body.total_count).toBe(2);
    vi.spyOn(mongo.Collection.prototype, 'updateMany').mockImplementation(() => {
      throw new Error('cut off');
    });
    expect((await revoke({})).status).toBe(500);
    vi.restoreAllMocks();
    expect(await records()).toMatchObject([{ finished_at: null, revoked_tokens: 0 }]);
    expect((await revoke({})).body.revoked_tokens).toBe(2);
    expect((await records()).map(({ finished_at }) => finished_at)).toEqual([null, service.now]);
  });

  it('goes 90 days after it began, finished or not', async () => {
    const indexes = await service.store.revocations.collection.indexes();
    expect(indexes).toContainEqual(
      expect.objectContaining({ key: { at: 1 }, expireAfterSeconds: (90 * DAY) / 1_000 }),
    );
  });
});
