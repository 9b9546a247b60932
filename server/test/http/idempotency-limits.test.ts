import { mongo } from 'mongoose';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MAX_KEYS } from '../../src/database/idempotency-keys.ts';
import { useService } from '../service.ts';
import { caller, fill, KEYED, send } from './keyed.ts';

const service = useService();
const HOUR = 3_600_000;
const keys = () => service.store.idempotencyKeys;
const REPLAYED = 'idempotency-replayed';

beforeEach(async () => {
  // The database deletes by its own clock.
  service.now = new Date();
  await fill(service);
});
afterEach(() => vi.restoreAllMocks());

const nothing = { method: 'POST', path: '/api/v1/oauth-grants/revoke', body: { client_id: 'nobody' } };
const use = (key: string, as = caller) => send(service, { ...nothing, as }, key);

/** Gives a caller so many keys more, as if it had sent them an hour ago. */
async function giveKeys(count: number): Promise<void> {
  await use('the-first');
  const [first] = await keys().find().lean();
  if (!first) throw new Error('no key was kept');
  const at = new Date(service.now.getTime() - HOUR);
  const rest = Array.from({ length: count - 1 }, (_, index) => ({
    ...first,
    _id: `filler-${index}`,
    slot: (first.slot + 1 + index) % MAX_KEYS,
    at,
  }));
  await keys().insertMany(rest);
}

describe('a caller with a thousand keys', () => {
  it.each(KEYED)('gets a 429 for one more: $operation', async (keyed) => {
    await giveKeys(MAX_KEYS);
    const { status, headers, body } = await send(service, keyed, 'one-more');
    expect([status, headers.get('retry-after')]).toEqual([429, `${23 * 3_600}`]);
    expect(keyed.codeOf(body)).toBe('too-many-idempotency-keys');
    expect(await service.store.refreshTokens.countDocuments({ revoked_at: { $ne: null } })).toBe(0);
  });

  it('can still repeat what it sent, revoke without a key, and is in nobody else’s way', async () => {
    await giveKeys(MAX_KEYS);
    expect((await use('the-first')).headers.get(REPLAYED)).toBe('true');
    expect((await send(service, nothing, undefined)).status).toBe(200);
    expect((await use('the-first', { ...caller, sub: 'another' })).headers.get(REPLAYED)).toBeNull();
  });

  it('can repeat at the very moment at which another server stores the key', async () => {
    await giveKeys(MAX_KEYS);
    const raced = new mongo.MongoServerError({ message: 'E11000', code: 11_000, keyPattern: { _id: 1 } });
    const claim = vi.spyOn(mongo.Collection.prototype, 'findOneAndUpdate').mockRejectedValueOnce(raced);
    expect((await use('the-first')).headers.get(REPLAYED)).toBe('true');
    expect(claim).toHaveBeenCalledTimes(2);
  });

  it('has room again for as many as are 24 hours old', async () => {
    await giveKeys(MAX_KEYS);
    service.now = new Date(service.now.getTime() + 23 * HOUR);
    expect((await use('one-more')).status).toBe(200);
    expect(await keys().countDocuments()).toBe(2);
  });

  it('has room again where a request changed nothing because it was refused', async () => {
    await giveKeys(MAX_KEYS - 1);
    expect((await send(service, { ...nothing, body: { grant_ids: ['nonsense'] } }, 'a')).status).toBe(400);
    expect((await use('b')).status).toBe(200);
    expect((await use('c')).status).toBe(429);
  });

  it('never has more, however many come at once', async () => {
    await giveKeys(MAX_KEYS - 10);
    const answers = await Promise.all(Array.from({ length: 40 }, (_, index) => use(`key-${index}`)));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(10);
    expect(statuses.filter((status) => status === 429)).toHaveLength(30);
    expect(await keys().countDocuments()).toBe(MAX_KEYS);
  });
});

describe('an attempt', () => {
  /** What a process leaves behind that died before it could keep its answer. */
  const dieBeforeTheEnd = (leaseIsOver: boolean) =>
    keys().collection.updateMany({}, [
      { $unset: 'answer' },
      { $set: { holder: 'a process that died', until: { $add: ['$$NOW', leaseIsOver ? -1 : 60_000] } } },
    ]);
  const counts = { revoked_tokens: 3, revoked_consents: 2 };
  const [, bulk] = KEYED;
  if (!bulk) throw new Error('there is none');

  it('whose process died is taken over once its lease is over, and all of it is counted', async () => {
    expect((await send(service, bulk, 'a-key')).body).toEqual(counts);
    await dieBeforeTheEnd(false);
    service.now = new Date(service.now.getTime() + 7_000);
    const early = await send(service, bulk, 'a-key');
    expect([early.status, early.headers.get('retry-after')]).toEqual([409, '7']);
    await dieBeforeTheEnd(true);
    const { status, headers, body } = await send(service, bulk, 'a-key');
    expect([status, body, headers.get(REPLAYED)]).toEqual([200, counts, null]);
    expect((await send(service, bulk, 'a-key')).headers.get(REPLAYED)).toBe('true');
  });

  it('whose process died is still no other request’s', async () => {
    await send(service, bulk, 'a-key');
    await dieBeforeTheEnd(true);
    expect((await send(service, { ...bulk, body: { client_id: 'another' } }, 'a-key')).status).toBe(422);
  });

  it.each(KEYED)('that failed halfway is continued by the next: $operation', async (keyed) => {
    const whole = await send(service, keyed, 'another-key');
    await service.empty();
    await fill(service);
    // Rows are revoked, and the grants are not written.
    const settle = vi.spyOn(service.model.versions, 'change').mockRejectedValue(new Error('a fault'));
    expect((await send(service, keyed, 'a-key')).status).toBe(500);
    expect(settle).toHaveBeenCalled();
    vi.restoreAllMocks();
    const { status, headers, body } = await send(service, keyed, 'a-key');
    expect([status, body, headers.get(REPLAYED)]).toEqual([whole.status, whole.body, null]);
    const again = await send(service, keyed, 'a-key');
    expect([again.body, again.headers.get(REPLAYED)]).toEqual([whole.body, 'true']);
  });

  it('counts what another server did of it meanwhile', async () => {
    const { updateMany } = mongo.Collection.prototype;
    let isTaken = false;
    // Another server is faster with the very statement that revokes the rows.
    vi.spyOn(mongo.Collection.prototype, 'updateMany').mockImplementation(async function (
      this: mongo.Collection,
      ...args
    ) {
      if (!isTaken && JSON.stringify(args[1]).includes('revoked_reason')) {
        isTaken = true;
        await updateMany.apply(this, args);
      }
      return updateMany.apply(this, args);
    });
    expect((await send(service, bulk, 'a-key')).body).toEqual(counts);
    expect(isTaken).toBe(true);
  });

  it('that was overtaken does not tell its own count, which is not the whole', async () => {
    const update = mongo.Collection.prototype.updateOne;
    vi.spyOn(mongo.Collection.prototype, 'updateOne').mockImplementation(async function (
      this: mongo.Collection,
      ...args
    ) {
      const [filter, change] = args;
      if (this.collectionName === 'idempotency_keys' && '$set' in change) {
        await update.call(this, { _id: Object(filter)._id }, { $set: { holder: 'another attempt' } });
      }
      return update.apply(this, args);
    });
    expect((await send(service, bulk, 'a-key')).status).toBe(409);
  });
});
