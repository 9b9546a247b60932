import { expect, it } from 'vitest';
import { findForgotten } from '../../../src/grants/read-model/find-forgotten.ts';
import { purge } from '../../../src/grants/read-model/purge.ts';
import { rebuild } from '../../../src/grants/read-model/rebuild.ts';
import { consentRow, PAGE_GRANT, PAGE_GRANT_ID, tokenRow } from '../../rows.ts';
import { useService } from '../../service.ts';
import { expectNoDifference } from './actors.ts';

/*
 * Writers leave `grouped` out and unset it. What becomes of those that do not, and of databases from before.
 */

const service = useService();
const admin = { sub: 'admin', account_id: PAGE_GRANT.account_id, permissions: ['account:admin'] };
const list = async () =>
  (await service.ask('GET', '/api/v1/oauth-grants?status=all', { as: admin })).body.grants;
const minutes = (count: number) => new Date(service.now.getTime() + count * 60_000);

const warnings = () =>
  service.logged.map((line) => JSON.parse(line)).filter(({ msg }) => /without unsetting/.test(msg));

/** Scans until it is through, a few rows at a time. */
async function scan(): Promise<number> {
  let found = 0;
  for (let turn = 0; turn < 5; turn += 1) found += await findForgotten(service.model, 2);
  return found;
}

it('a row that was updated without unsetting `grouped` is found by the scan, and its writer is named', async () => {
  await service.store.refreshTokens.create(
    ['a', 'b', 'c', 'd', 'e'].map((_id) => tokenRow({ _id, user_id: _id })),
  );
  await list();
  const { collection } = service.store.refreshTokens;
  const used = { last_used_at: minutes(-5), updated_at: minutes(-5) };
  await collection.updateOne({ _id: 'd' as never }, { $set: used });
  expect(await scan()).toBe(1);
  const shown = (await list()).filter((grant: { last_used_at?: string }) => grant.last_used_at);
  expect(shown).toMatchObject([{ user_id: 'd', last_used_at: minutes(-5).toISOString() }]);
  expect(warnings()).toMatchObject([{ collection: 'refresh_tokens', rows: 1, for_example: ['d'] }]);
  expect(await scan()).toBe(0);
  await expectNoDifference(service.model);
});

it('so is a row that was copied with its `grouped`, and a consent', async () => {
  service.logged.length = 0;
  await service.store.consents.create(consentRow({ _id: 'k' }));
  await service.store.refreshTokens.create(tokenRow({ _id: 'a', consent_id: 'k' }));
  await list();
  const copied = await service.store.refreshTokens.collection.findOne({ _id: 'a' as never });
  await service.store.refreshTokens.collection.insertOne({ ...copied, _id: 'b', scope: ['more'] } as never);
  const granted_at = new Date('2026-01-02T00:00:00.000Z');
  await service.store.consents.collection.updateOne(
    { _id: 'k' as never },
    { $set: { granted_at, updated_at: minutes(-1) } },
  );
  expect(await scan()).toBe(2);
  expect(await list()).toHaveLength(2);
  await expectNoDifference(service.model);
});

it('nothing that the service itself writes is taken for such a mistake', async () => {
  service.logged.length = 0;
  await service.store.consents.create(consentRow({ _id: 'k' }));
  await service.store.refreshTokens.create(
    tokenRow({ _id: 'a', consent_id: 'k' }),
    tokenRow({ _id: 'b', user_id: 'b' }),
    tokenRow({ _id: 'c', user_id: 'c' }),
  );
  await list();
  await service.ask('DELETE', `/api/v1/oauth-grants/${PAGE_GRANT_ID}?include_consent=true`, { as: admin });
  const body = { user_id: 'b', include_consent: true };
  await service.ask('POST', '/api/v1/oauth-grants/revoke', { as: admin, body });
  await purge(service.model, { before: minutes(0), dryRun: false });
  await rebuild(service.model);
  await list();
  expect(await scan()).toBe(0);
  expect(warnings()).toEqual([]);
});

it('a collection of grants that somebody drops is made anew before the next answer', async () => {
  await service.store.refreshTokens.create(tokenRow({ user_id: 'a' }), tokenRow({ user_id: 'b' }));
  expect(await list()).toHaveLength(2);
  await service.store.grants.collection.drop();
  expect(await list()).toHaveLength(2);
  await expectNoDifference(service.model);
});

it('a database from before there was `grouped` is taken in', async () => {
  await service.store.refreshTokens.create(tokenRow({ user_id: 'a' }), tokenRow({ user_id: 'b' }));
  await list();
  const old = { grants: service.store.grants.collection, rows: service.store.refreshTokens.collection };
  await old.grants.deleteMany({ grant_hash: { $exists: false } });
  await old.grants.updateMany({}, { $set: { look: 7, token_count: 9 }, $unset: { version: '' } });
  await old.rows.updateMany({}, { $unset: { grouped: '' }, $set: { revocation_id: 5 } });
  expect((await list()).map(({ token_count }: { token_count: number }) => token_count)).toEqual([1, 1]);
  expect(await old.grants.countDocuments({ look: { $exists: true } })).toBe(0);
  await expectNoDifference(service.model);
});
