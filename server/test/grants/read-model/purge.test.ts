import { describe, expect, it } from 'vitest';
import type { RefreshTokenRow } from '../../../src/database/collections.ts';
import { GrantModel } from '../../../src/grants/read-model/model.ts';
import { purge } from '../../../src/grants/read-model/purge.ts';
import { PAGE_GRANT, tokenRow } from '../../rows.ts';
import { useService } from '../../service.ts';
import { grantsOf } from '../reference.ts';
import { expectNoDifference, readStore } from './actors.ts';

// Small batches, so that there are several.
const service = useService({ batchSize: 2 });
const admin = { sub: 'admin', account_id: PAGE_GRANT.account_id, permissions: ['account:admin'] };
const day = (days: number) => new Date(service.now.getTime() + days * 86_400_000);
const LONG_AGO = -90;

const insert = (...rows: Partial<RefreshTokenRow>[]) =>
  service.store.refreshTokens.insertMany(rows.map((row) => tokenRow(row)));
const purgeOld = (dryRun = false, onProgress?: (rows: number) => void) =>
  purge(service.model, { before: day(LONG_AGO), dryRun, ...(onProgress ? { onProgress } : {}) });
const rowsLeft = async () =>
  (await service.store.refreshTokens.find().sort({ _id: 1 }).lean()).map(({ _id }) => _id);

async function list() {
  const { body } = await service.ask('GET', '/api/v1/oauth-grants?status=all', { as: admin });
  return body;
}

/** The list is what the rows left say, and so is the whole model. */
async function expectRight(): Promise<void> {
  const expected = grantsOf(await readStore(service), service.now);
  const { grants, total_count } = await list();
  expect(grants).toHaveLength(expected.length);
  expect(grants).toEqual(expect.arrayContaining(expected));
  expect(total_count).toBe(expected.length);
  await expectNoDifference(service.model);
}

const old = { expires_at: day(LONG_AGO - 1) };

describe('a purge', () => {
  it('takes away what expired or was revoked by then, and nothing else', async () => {
    await insert(
      { _id: 'active' },
      { _id: 'endless', expires_at: null },
      { _id: 'expired before', expires_at: day(LONG_AGO - 1) },
      { _id: 'expired then', expires_at: day(LONG_AGO) },
      { _id: 'expired since', expires_at: day(LONG_AGO + 1) },
      { _id: 'revoked before', revoked_at: day(LONG_AGO - 1) },
      { _id: 'revoked then', revoked_at: day(LONG_AGO), expires_at: null },
      { _id: 'revoked since', revoked_at: day(LONG_AGO + 1) },
      { _id: 'revoked since, expired before', revoked_at: day(-1), expires_at: day(LONG_AGO - 1) },
    );

    expect(await purgeOld()).toBe(5);

    expect(await rowsLeft()).toEqual(['active', 'endless', 'expired since', 'revoked since']);
    await expectRight();
    expect((await list()).grants).toMatchObject([{ token_count: 4, status: 'active' }]);
    expect(await purgeOld(), 'when repeated').toBe(0);
  });

  it('takes grants without any row left out of the list, of one account and of all', async () => {
    await insert(
      ...Array.from({ length: 5 }, (_, index) => ({ user_id: `gone-${index}`, ...old })),
      { user_id: 'half', ...old },
      { user_id: 'half' },
      { account_id: 'another', ...old },
      { user_id: 'stays' },
    );
    expect((await list()).total_count).toBe(7);

    expect(await purgeOld()).toBe(7);

    await expectRight();
    const { grants } = await list();
    expect(grants.map(({ user_id }: { user_id: string }) => user_id).sort()).toEqual(['half', 'stays']);
    const as = { ...admin, account_id: 'another' };
    const { body } = await service.ask('GET', '/api/v1/oauth-grants?status=all', { as });
    expect(body.total_count).toBe(0);
  });

  it('answers 404 for a grant that it took, until a new row brings it back', async () => {
    await insert(old);
    const [{ grant_id }] = (await list()).grants;
    const read = () => service.ask('GET', `/api/v1/oauth-grants/${grant_id}`, { as: admin });
    await purgeOld();
    expect((await read()).status).toBe(404);

    await insert({ created_at: day(-1) });

    expect((await read()).body).toMatchObject({ grant_id, status: 'active', token_count: 1 });
    expect((await list()).grants).toMatchObject([{ grant_id, created_at: day(-1).toISOString() }]);
    await purgeOld();
    await expectRight();
  });

  it('takes rows in that nobody has listed yet', async () => {
    await list();
    await insert({ user_id: 'new', ...old }, { user_id: 'new' });
    expect(await purgeOld()).toBe(1);
    await expectRight();
  });

  it('only counts when it is a dry run', async () => {
    await insert({ _id: 'a', ...old }, { _id: 'b', user_id: 'other', ...old }, { _id: 'c' });
    const before = await list();

    expect(await purgeOld(true)).toBe(2);

    expect(await rowsLeft()).toEqual(['a', 'b', 'c']);
    expect(await list()).toEqual(before);
  });

  it('says how far it is after every batch', async () => {
    await insert(...Array.from({ length: 5 }, (_, index) => ({ user_id: `gone-${index}`, ...old })));
    const told: number[] = [];
    await purgeOld(false, (rows) => told.push(rows));
    expect(told).toEqual([2, 4, 5]);
  });

  it('leaves consents as they are', async () => {
    const { consents } = service.store;
    await consents.create({ ...PAGE_GRANT, _id: 'c', granted_at: day(-200), updated_at: day(-200), ...old });
    await insert({ consent_id: 'c', ...old });
    await purgeOld();
    expect(await consents.countDocuments()).toBe(1);
  });

  it('is shown by another server at once', async () => {
    await insert({ user_id: 'gone', ...old }, { user_id: 'stays' });
    expect((await list()).total_count).toBe(2);
    const other = new GrantModel({
      collections: service.store,
      clock: () => service.now,
    });
    await purge(other, { before: day(LONG_AGO), dryRun: false });
    expect((await list()).total_count).toBe(1);
    await expectRight();
  });
});
