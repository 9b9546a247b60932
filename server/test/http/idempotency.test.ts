import { beforeEach, describe, expect, it, vi } from 'vitest';
import { some, times } from '../effort.ts';
import { PAGE_GRANT, PAGE_GRANT_ID } from '../rows.ts';
import { Service, useService } from '../service.ts';
import { caller, declaredKeyed, fill, KEYED, send } from './keyed.ts';

const service = useService();
const REPLAYED = 'idempotency-replayed';
const HOUR = 3_600_000;
/** How many requests with one key come at once. */
const AT_ONCE = times(60, 200);

beforeEach(async () => {
  // The database deletes by its own clock.
  service.now = new Date();
  await fill(service);
});

const revoked = async () => [
  await service.store.refreshTokens.countDocuments({ revoked_at: { $ne: null } }),
  await service.store.consents.countDocuments({ revoked_at: { $ne: null } }),
];
/** What can still be told apart once all is revoked: whether a request was carried out. */
const batches = () => service.store.modelRevocations.countDocuments();

it('the tests here know every operation that takes a key', () => {
  // What a repetition of these is answered is in suspending.test.ts.
  const others = ['suspendOAuthGrant', 'restoreOAuthGrant'];
  const known = [...KEYED.map(({ operation }) => operation), ...others];
  expect(known.sort()).toEqual(declaredKeyed().sort());
});

describe.each(some(KEYED, 2))('$operation', (keyed) => {
  const { others, unknown, codeOf } = keyed;
  const repeat = (key: string | undefined) => send(service, keyed, key);

  it('answers a repetition with its first answer, says so, and changes nothing', async () => {
    const first = await repeat('a-key');
    expect(first.status).toBeLessThan(300);
    expect(first.headers.get(REPLAYED)).toBeNull();
    const [before, done] = [await revoked(), await batches()];
    for (const key of ['a-key', '"a-key"']) {
      const again = await repeat(key);
      expect([again.status, again.body]).toEqual([first.status, first.body]);
      expect(again.headers.get(REPLAYED)).toBe('true');
    }
    expect([await revoked(), await batches()]).toEqual([before, done]);
  });

  it('changes once what many simultaneous requests with one key ask for', async () => {
    const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => repeat('a-key')));
    const good = answers.filter(({ status }) => status < 300);
    const early = answers.filter(({ status }) => status === 409);
    expect(good.length + early.length).toBe(AT_ONCE);
    expect(good.filter(({ headers }) => headers.get(REPLAYED) === null)).toHaveLength(1);
    expect(new Set(good.map(({ status, body }) => JSON.stringify([status, body]))).size).toBe(1);
    for (const { headers, body } of early) {
      expect(codeOf(body)).toBe('idempotency-key-in-use');
      expect(headers.get('retry-after')).toBe('1');
    }
    expect(await batches()).toBe(1);
    expect((await repeat('a-key')).body).toEqual(good[0]?.body);
  });

  it.each(Object.keys(others))('refuses the key for another %s, and changes nothing', async (what) => {
    const first = await repeat('a-key');
    const before = await revoked();
    const other = await send(service, { ...keyed, ...others[what] }, 'a-key');
    expect(other.status).toBe(422);
    expect(JSON.stringify(other.body)).toMatch(/idempotency.key.reused/);
    expect(await revoked()).toEqual(before);
    expect((await repeat('a-key')).body).toEqual(first.body);
  });

  it('without a key works as before', async () => {
    const [first, second] = [await repeat(undefined), await repeat(undefined)];
    expect([first.status, second.status]).toEqual([first.status, first.status]);
    expect(second.headers.get(REPLAYED)).toBeNull();
    if (second.body) expect(second.body).toEqual({ revoked_tokens: 0, revoked_consents: 0 });
    expect(await service.store.idempotencyKeys.countDocuments()).toBe(0);
  });

  it('keeps no key of a request that changed nothing because it was refused', async () => {
    expect((await send(service, { ...keyed, ...unknown }, 'a-key')).status).toBe(404);
    const answer = await repeat('a-key');
    expect(answer.status).toBeLessThan(300);
    expect(answer.headers.get(REPLAYED)).toBeNull();
  });

  it.each<[who: string, as: object]>([
    ['user', { sub: 'somebody' }],
    ['account', { account_id: 'another' }],
    ['project', { project_id: 'another' }],
    ['client', { client_id: 'first' }],
  ])('keeps the keys of another %s apart', async (_who, as) => {
    await service.store.clients.create({ _id: 'first', name: 'First', is_first_party: true });
    await service.store.verificationRecords.updateOne({ _id: 'verified' }, { user_id: 'somebody' });
    await send(service, { ...keyed, as: { ...caller, ...as } }, 'a-key');
    await service.store.verificationRecords.updateOne({ _id: 'verified' }, { user_id: caller.sub });
    const own = await repeat('a-key');
    expect(own.status).toBeLessThan(300);
    expect(own.headers.get(REPLAYED)).toBeNull();
  });

  it('forgets a key after 24 hours', async () => {
    await repeat('a-key');
    service.now = new Date(service.now.getTime() + 24 * HOUR - 1);
    expect((await repeat('a-key')).headers.get(REPLAYED)).toBe('true');
    service.now = new Date(service.now.getTime() + 1);
    const anew = await repeat('a-key');
    expect([anew.status < 300, anew.headers.get(REPLAYED)]).toEqual([true, null]);
    expect((await repeat('a-key')).headers.get(REPLAYED)).toBe('true');
  });

  it.each(['', 'a b', 'é', 'x'.repeat(256), 'a\tb'])('refuses the key %j', async (key) => {
    const { status } = await repeat(key);
    expect(status).toBe(400);
    expect(await revoked()).toEqual([0, 0]);
  });

  it.each(['a', '"', '""', 'x'.repeat(255), '"a\\"b"', '$where', '{"$gt":""}', 'a,b;c=d'])(
    'takes the key %j',
    async (key) => {
      expect((await repeat(key)).status).toBeLessThan(300);
      expect((await repeat(key)).headers.get(REPLAYED)).toBe('true');
    },
  );

  it('still asks for a token that may call it', async () => {
    await repeat('a-key');
    const headers = { 'logto-verification-id': 'verified', 'Idempotency-Key': 'a-key' };
    const { method, path, body } = keyed;
    expect((await service.ask(method, path, { headers, body })).status).toBe(401);
  });
});

it('My account grants asks for the verification record of a repetition too', async () => {
  const keyed = KEYED.find(({ operation }) => operation === 'revokeMyAccountGrant') ?? never();
  await send(service, keyed, 'a-key');
  await service.store.verificationRecords.updateOne({ _id: 'verified' }, { expires_at: service.now });
  expect((await send(service, keyed, 'a-key')).status).toBe(401);
});

it('what a token no longer reaches is a 403 for a repetition too', async () => {
  const keyed = KEYED.find(({ operation }) => operation === 'revokeOAuthGrants') ?? never();
  const body = { user_id: 'somebody' };
  expect((await send(service, { ...keyed, body }, 'a-key')).status).toBe(200);
  const as = { ...caller, permissions: ['account:member'] };
  expect((await send(service, { ...keyed, as, body }, 'a-key')).status).toBe(403);
});

it('other permissions are another request: neither more nor fewer of them get its answer or do its rest', async () => {
  const keyed = KEYED.find(({ operation }) => operation === 'revokeOAuthGrants') ?? never();
  const as = (permissions: string[], scope = caller.scope) => ({ ...caller, permissions, scope });
  const [member, admin] = [as(['account:member']), as(['account:admin'])];
  expect((await send(service, { ...keyed, as: member }, 'a-key')).status).toBe(200);
  expect((await send(service, { ...keyed, as: admin }, 'a-key')).status).toBe(422);
  expect((await send(service, { ...keyed, as: as(['account:member'], 'openid') }, 'a-key')).status).toBe(422);
  const again = await send(service, { ...keyed, as: as(['account:member', 'account:member']) }, 'a-key');
  expect(again.headers.get(REPLAYED)).toBe('true');

  await service.empty();
  await fill(service);
  const settle = vi.spyOn(service.model.versions, 'change').mockRejectedValue(new Error('a fault'));
  expect((await send(service, { ...keyed, as: admin }, 'half-done')).status).toBe(500);
  settle.mockRestore();
  expect((await send(service, { ...keyed, as: member }, 'half-done')).status).toBe(422);
  const rest = await send(service, { ...keyed, as: admin }, 'half-done');
  expect([rest.status, rest.headers.get(REPLAYED)]).toEqual([200, null]);
});

it('what ids named is not told to a token with fewer permissions', async () => {
  const keyed = KEYED.find(({ operation }) => operation === 'revokeOAuthGrants') ?? never();
  const body = { grant_ids: [PAGE_GRANT_ID] };
  expect((await send(service, { ...keyed, body }, 'a-key')).status).toBe(200);
  const as = { ...caller, permissions: ['account:member'] };
  expect((await send(service, { ...keyed, as, body }, 'a-key')).status).toBe(422);
});

it('the order of the body does not count', async () => {
  const keyed = KEYED.find(({ operation }) => operation === 'revokeOAuthGrants') ?? never();
  const body = Object.fromEntries(Object.entries(Object(keyed.body)).reverse());
  await send(service, keyed, 'a-key');
  expect((await send(service, { ...keyed, body }, 'a-key')).headers.get(REPLAYED)).toBe('true');
});

it('stores neither who sent a key nor the key', async () => {
  for (const [index, keyed] of KEYED.entries()) await send(service, keyed, `the-key-${index}`);
  const stored = JSON.stringify(await service.store.idempotencyKeys.find().lean());
  for (const secret of ['the-key', caller.sub, PAGE_GRANT.account_id, PAGE_GRANT.client_id]) {
    expect(stored).not.toContain(secret);
  }
});

it('the database deletes a key after 24 hours', async () => {
  expect(await service.store.idempotencyKeys.collection.indexes()).toContainEqual(
    expect.objectContaining({ key: { at: 1 }, expireAfterSeconds: 24 * 3_600 }),
  );
});

it('two servers share the keys', async () => {
  const other = new Service();
  await other.start([], service.uri);
  other.now = service.now;
  try {
    for (const [index, keyed] of KEYED.entries()) {
      const first = await send(service, keyed, `key-${index}`);
      const second = await send(other, keyed, `key-${index}`);
      expect([second.status, second.body]).toEqual([first.status, first.body]);
      expect(second.headers.get(REPLAYED)).toBe('true');
    }
  } finally {
    await other.stop();
  }
});

function never(): never {
  throw new Error('there is none');
}
