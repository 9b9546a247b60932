import { mongo } from 'mongoose';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { insertNew, replaceKnown } from '../../../src/grants/read-model/compare-and-set.ts';
import { encodeGrantId } from '../../../src/grants/rows/identity.ts';
import { consentRow, PAGE_GRANT, PAGE_GRANT_ID, tokenRow } from '../../rows.ts';
import { Service, useService } from '../../service.ts';
import { expectNoDifference } from './actors.ts';

/*
 * What few histories meet: a write that outlasts the overlap, clocks that go back, writers that copy what is ours.
 */

const service = useService({ batchSize: 2 });
const other = new Service();
beforeAll(() => other.start([], service.uri));
afterAll(() => other.stop());

const LIST = '/api/v1/oauth-grants?status=all';
const adminOf = (account_id: string) => ({ sub: 'admin', account_id, permissions: ['account:admin'] });
const admin = adminOf(PAGE_GRANT.account_id);
const start = service.now;

function passTime(milliseconds: number): void {
  for (const each of [service, other]) {
    each.now = new Date(each.now.getTime() + milliseconds);
    each.writing = each.now;
  }
}

beforeEach(() => {
  for (const each of [service, other]) {
    each.now = start;
    each.writing = undefined;
  }
});

/** Does something right before the next update of refresh tokens, from wherever it comes. */
function beforeNextRevocation(work: () => Promise<unknown>): void {
  const { updateMany } = mongo.Collection.prototype;
  const spy = vi.spyOn(mongo.Collection.prototype, 'updateMany');
  spy.mockImplementation(async function (this: mongo.Collection, ...given) {
    if (this.collectionName === 'refresh_tokens') {
      spy.mockRestore();
      await work();
    }
    return updateMany.apply(this, given);
  });
}

const list = async (from: Service, as = admin) => (await from.ask('GET', LIST, { as })).body;
const statuses = async (from: Service) =>
  (await list(from)).grants.map(({ status }: { status: string }) => status);

describe('a revocation that outlasts the overlap while lists are answered elsewhere', () => {
  const revoke = { method: 'POST', path: '/api/v1/oauth-grants/revoke' };
  it.each([
    { way: 'of one grant', method: 'DELETE', path: `/api/v1/oauth-grants/${PAGE_GRANT_ID}`, as: admin },
    { way: 'by ids', ...revoke, as: admin, body: { grant_ids: [PAGE_GRANT_ID] } },
    { way: 'by filter', ...revoke, as: admin, body: { client_id: PAGE_GRANT.client_id } },
    { way: 'of a consent', method: 'DELETE', path: '/v1/me/grants/c', as: { sub: PAGE_GRANT.user_id } },
  ])('$way is in the lists after it', async ({ method, path, ...asking }) => {
    await service.store.consents.create(consentRow({ _id: 'c' }));
    await service.store.refreshTokens.create(tokenRow({ consent_id: 'c' }));
    await list(service);
    beforeNextRevocation(async () => {
      passTime(60_000);
      await list(other);
    });
    expect((await service.ask(method, path, asking)).status).toBeLessThan(300);
    expect(await statuses(other)).toEqual(['revoked']);
    passTime(60_000);
    expect(await statuses(other)).toEqual(['revoked']);
    await expectNoDifference(other.model);
  });
});

it('a batch that is interrupted, and found only later, is in the lists', async () => {
  await service.store.refreshTokens.create(tokenRow());
  await list(other);
  const interrupted = vi.spyOn(service.model.versions, 'change').mockRejectedValueOnce(new Error('killed'));
  const body = { client_id: PAGE_GRANT.client_id };
  const { status } = await service.ask('POST', '/api/v1/oauth-grants/revoke', { as: admin, body });
  interrupted.mockRestore();
  expect(status).toBe(500);
  passTime(60_000);
  expect(await statuses(other)).toEqual(['revoked']);
});

it('a write in the very millisecond of another batch is not taken for that batch', async () => {
  const ids = ['a', 'b', 'c'];
  await service.store.refreshTokens.insertMany(ids.map((_id) => tokenRow({ _id, user_id: _id })));
  await list(service);
  // So late that the model knows how the rows were; they are marked, and a refresh passes over them.
  passTime(60_000);
  await list(service);
  const revokeUser = (user_id: string) =>
    service.ask('POST', '/api/v1/oauth-grants/revoke', { as: admin, body: { user_id } });
  await revokeUser('a');
  passTime(1_000);
  await revokeUser('b');
  const { refreshTokens } = service.store;
  const second = await refreshTokens.findById('b').lean();
  await refreshTokens.collection.updateOne(
    { _id: 'a' as never },
    { $set: { last_used_at: start, updated_at: second?.updated_at }, $unset: { grouped: '' } },
  );
  const { grants } = await list(service);
  const used = grants.filter((grant: { last_used_at?: string }) => grant.last_used_at);
  expect(used).toMatchObject([{ user_id: 'a', last_used_at: start.toISOString() }]);
});

it('a row that was copied from another grant, hash and all, belongs to its own and can be revoked', async () => {
  await service.store.refreshTokens.create(tokenRow());
  await list(service);
  const { grouped: _, ...copied } = (await service.store.refreshTokens.findOne().lean()) ?? {};
  const copy = { ...copied, _id: 'copy', scope: ['mcp', 'more'], updated_at: service.now };
  await service.store.refreshTokens.collection.insertOne(copy as never);
  expect((await list(service)).total_count).toBe(2);
  await expectNoDifference(other.model);
  const grant_ids = [encodeGrantId({ ...PAGE_GRANT, scope: ['mcp', 'more'] })];
  const revoked = await service.ask('POST', '/api/v1/oauth-grants/revoke', {
    as: admin,
    body: { grant_ids },
  });
  expect(revoked.body.revoked_tokens).toBe(1);
  const body = { client_id: PAGE_GRANT.client_id };
  await service.ask('POST', '/api/v1/oauth-grants/revoke', { as: admin, body });
  expect(await service.store.refreshTokens.countDocuments({ revoked_at: null })).toBe(0);
});

it('a grant that expires while another account is looked at leaves no total behind', async () => {
  const soon = new Date(start.getTime() + 1_000);
  const later = new Date(start.getTime() + 2_000);
  await service.store.refreshTokens.insertMany([
    tokenRow({ account_id: 'a', expires_at: soon }),
    tokenRow({ account_id: 'b', expires_at: later }),
  ]);
  const active = async (account_id: string) =>
    (await service.ask('GET', '/api/v1/oauth-grants', { as: adminOf(account_id) })).body;
  expect((await active('b')).total_count).toBe(1);
  // The clock moves on at every look at it: the grant of b expires while that of a is taken in.
  const times = [soon, later, later, later];
  vi.spyOn(service, 'now', 'get').mockImplementation(() => times.shift() ?? later);
  await service.model.refresh();
  vi.restoreAllMocks();
  service.now = later;
  expect(await active('b')).toMatchObject({ grants: [], total_count: 0 });
});

it('what is written after the clock of the database was put back is in the lists', async () => {
  await service.store.refreshTokens.create(tokenRow());
  passTime(120_000);
  await list(service);
  passTime(-60_000);
  await service.ask('DELETE', `/api/v1/oauth-grants/${PAGE_GRANT_ID}`, { as: admin });
  expect(await statuses(service)).toEqual(['revoked']);
  expect(await statuses(other)).toEqual(['revoked']);
});

it('a grant is not dated by the consent of somebody else that its row names', async () => {
  const granted_at = new Date('2020-01-01T00:00:00.000Z');
  await service.store.consents.create(consentRow({ _id: 'theirs', user_id: 'somebody', granted_at }));
  const row = tokenRow({ consent_id: 'theirs' });
  await service.store.refreshTokens.create(row);
  expect((await list(service)).grants).toMatchObject([{ granted_at: row.created_at.toISOString() }]);
});

it('grants that share a hash, and grants too large for one statement, are all written', async () => {
  const large = Array.from({ length: 60 }, (_, index) => `${index}`.padEnd(100_000, 'x'));
  await service.store.refreshTokens.insertMany(
    large.slice(0, 3).map((scope, index) => tokenRow({ user_id: `user-${index}`, scope: [scope] })),
  );
  await list(service);
  const [one] = await service.model.grants.find({ status: 'active' }).toArray();
  if (!one) throw new Error('there is a grant');
  const stored = large.map((scope, index) => ({
    ...one,
    _id: { ...one._id, user_id: `large-${index}`, scope: [scope] },
    // Of each two the same hash.
    grant_hash: BigInt(index >> 1),
    version: 'first',
  }));
  expect(await insertNew(service.model.grants, stored)).toEqual([]);
  const replacements = stored.map((known) => ({
    known,
    grant: { ...known, version: 'second', token_count: 7 },
  }));
  expect(await replaceKnown(service.model.grants, replacements, 'second')).toEqual([]);
  expect(await service.model.grants.countDocuments({ token_count: 7 })).toBe(60);
  const hashes = stored.map(({ grant_hash }) => grant_hash);
  const late = replacements.map(({ known, grant }) => ({
    known,
    grant: { ...grant, version: 'third' },
  }));
  const lost = await replaceKnown(service.model.grants, late, 'third');
  expect(new Set(lost), 'too late').toEqual(new Set(hashes));
  const [first] = stored;
  if (!first) throw new Error('there is one');
  await service.model.grants.updateOne({ _id: first._id }, { $set: { version: 'of another' } });
  const again = replacements.map(({ grant }) => ({
    known: grant,
    grant: { ...grant, version: 'fourth' },
  }));
  const lostAgain = await replaceKnown(service.model.grants, again, 'fourth');
  expect(lostAgain, 'only who lost').toEqual([first.grant_hash]);
});
