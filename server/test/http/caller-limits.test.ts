import type { JWTPayload } from 'jose';
import { mongo } from 'mongoose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { RequestCounts } from '../../src/database/request-counts.ts';
import { Service } from '../service.ts';

const LIST = '/api/v1/oauth-grants';
const MINUTE = 60_000;
const admin = { sub: 'admin', account_id: 'an-account', permissions: ['account:admin'] };
const policies = {
  read: { requests: 3, seconds: 60 },
  write: { requests: 2, seconds: 60 },
  unauthorized: { requests: 2, seconds: 60 },
};
const one = new Service({ policies });
const other = new Service({ policies });

beforeAll(async () => {
  await one.start(['https://app.example']);
  await other.start([], one.uri);
});
afterAll(() => Promise.all([one.stop(), other.stop()]));
beforeEach(() => {
  // All windows of the tests before are over. The database deletes by its own clock.
  one.now = new Date(Math.max(Date.now(), one.now.getTime()) + 2 * MINUTE);
  other.now = one.now;
});
afterEach(() => vi.restoreAllMocks());

const list = (service = one, as: JWTPayload = admin, headers = {}) =>
  service.ask('GET', LIST, { as, headers });
const revoke = () => one.ask('POST', `${LIST}/revoke`, { as: admin, body: { client_id: 'nobody' } });
const withBadToken = (headers = {}) =>
  one.ask('GET', LIST, { headers: { Authorization: 'Bearer a.b.c', ...headers } });
const settle = async () => {
  await one.counts.settle();
  await other.counts.settle();
};

async function statusesOf(count: number, ask: () => Promise<{ status: number }>): Promise<number[]> {
  const statuses: number[] = [];
  for (let sent = 0; sent < count; sent++) statuses.push((await ask()).status);
  return statuses;
}

/** Seconds until the window ends, as a response says. */
function resetOf({ headers }: { headers: Headers }): number {
  return Number(/;t=(\d+)$/.exec(headers.get('ratelimit') ?? '')?.[1]);
}

describe('a caller', () => {
  it('is told with every response how many requests are left', async () => {
    for (const left of [2, 1, 0]) {
      const { status, headers } = await list();
      expect([status, headers.get('ratelimit-policy')]).toEqual([200, '"read";q=3;w=60']);
      expect(headers.get('ratelimit')).toMatch(new RegExp(`^"read";r=${left};t=([1-9]|[1-5]\\d|60)$`));
    }
  });

  it('gets a 429 for one more, and is served again after Retry-After', async () => {
    await statusesOf(3, list);
    const refused = await list();
    const wait = Number(refused.headers.get('retry-after'));
    expect([refused.status, refused.headers.get('ratelimit')]).toEqual([429, `"read";r=0;t=${wait}`]);
    one.now = new Date(one.now.getTime() + wait * 1000 - 1001);
    expect((await list()).status).toBe(429);
    one.now = new Date(one.now.getTime() + 1001);
    expect((await list()).headers.get('ratelimit')).toBe('"read";r=2;t=60');
  });

  it('reads with HEAD as with GET', async () => {
    const { headers } = await one.ask('HEAD', LIST, { as: admin });
    expect(headers.get('ratelimit')).toMatch(/^"read";r=2;/);
  });

  it('has another, smaller number of requests that change something', async () => {
    expect(await statusesOf(3, revoke)).toEqual([200, 200, 429]);
    expect((await list()).headers.get('ratelimit')).toMatch(/^"read";r=2;/);
  });

  it('is in nobody else’s way', async () => {
    await statusesOf(4, list);
    for (const as of [
      { ...admin, sub: 'another' },
      { ...admin, client_id: 'an-app' },
      { ...admin, account_id: 'another' },
    ]) {
      expect((await list(one, as)).status).toBe(200);
    }
  });

  it('is counted in all documents together', async () => {
    await statusesOf(3, list);
    expect((await one.ask('GET', '/v1/me/grants', { as: admin })).status).toBe(429);
  });

  it('is counted also if its requests are refused for another reason', async () => {
    const forbidden = { ...admin, permissions: [] };
    expect(await statusesOf(4, () => list(one, forbidden))).toEqual([403, 403, 403, 429]);
  });

  it('can be a page of another origin, which may read the headers', async () => {
    const { headers } = await list(one, admin, { Origin: 'https://app.example' });
    const exposed = headers.get('access-control-expose-headers')?.split(',');
    expect(exposed).toEqual(expect.arrayContaining(['RateLimit', 'RateLimit-Policy', 'Retry-After']));
  });
});

it('windows of different callers end at different times', async () => {
  const callers = Array.from({ length: 8 }, (_, index) => ({ ...admin, sub: `caller-${index}` }));
  const answers = await Promise.all(callers.map((as) => list(one, as)));
  expect(new Set(answers.map(resetOf)).size).toBeGreaterThan(1);
});

describe('requests without a valid token', () => {
  it('are a 401 at first, then a 429', async () => {
    expect(await statusesOf(3, withBadToken)).toEqual([401, 401, 429]);
    const { headers, status } = await one.ask('GET', LIST);
    expect([status, headers.get('ratelimit-policy')]).toEqual([429, '"unauthorized";q=2;w=60']);
    expect(Number(headers.get('retry-after'))).toBe(resetOf({ headers }));
  });

  it('do not hide from a client that its token has expired', async () => {
    await statusesOf(3, withBadToken);
    const exp = Math.floor(one.now.getTime() / 1_000) - 3_600;
    expect((await list(one, { ...admin, exp })).status).toBe(401);
  });

  it('do not keep valid tokens out that come from the same address', async () => {
    await statusesOf(3, withBadToken);
    expect((await list()).status).toBe(200);
  });

  it.each([
    ['an IPv4 address', '192.0.2.1', '192.0.2.1', '192.0.2.2'],
    ['an IPv4 address, also written as IPv6', '192.0.2.3', '::ffff:192.0.2.3', '192.0.2.4'],
    ['56 bits of an IPv6 address', '2001:db8:0:100::1', '2001:db8:0:1ff::2', '2001:db8:0:200::1'],
  ])('are counted by %s', async (_, first, same, another) => {
    const from = (address: string) => () => withBadToken({ 'X-Forwarded-For': address });
    expect(await statusesOf(2, from(first))).toEqual([401, 401]);
    expect(await statusesOf(1, from(same))).toEqual([429]);
    expect(await statusesOf(1, from(another))).toEqual([401]);
  });
});

describe('two servers on one database', () => {
  it('share a caller’s limit', async () => {
    await statusesOf(2, list);
    await settle();
    // Until it has settled once, the other knows only its own.
    expect((await list(other)).headers.get('ratelimit')).toMatch(/r=2;/);
    await settle();
    expect((await list(other)).status).toBe(429);
    await list();
    await settle();
    expect((await list()).status).toBe(429);
  });

  it('lose no request that comes while they settle', async () => {
    await list();
    const settling = one.counts.settle();
    await list();
    await settling;
    await settle();
    await list(other);
    await settle();
    expect((await list(other)).status).toBe(429);
  });

  it('go on with their own counts while the database does not take them, and add them up later', async () => {
    const failing = vi.spyOn(mongo.Collection.prototype, 'bulkWrite').mockRejectedValue(new Error('away'));
    await list();
    await expect(one.counts.settle()).rejects.toThrow('away');
    expect(await statusesOf(2, list)).toEqual([200, 200]);
    expect((await list()).status).toBe(429);
    failing.mockRestore();
    await settle();
    await list(other);
    await settle();
    expect((await list(other)).status).toBe(429);
  });

  it('count no request twice if the answer to a write is lost', async () => {
    const bulkWrite = mongo.Collection.prototype.bulkWrite;
    const losing = vi.spyOn(mongo.Collection.prototype, 'bulkWrite').mockImplementation(async function (
      this: mongo.Collection,
      ...written
    ) {
      await bulkWrite.apply(this, written);
      throw new Error('lost');
    });
    await list();
    await expect(one.counts.settle()).rejects.toThrow('lost');
    losing.mockRestore();
    await list();
    await settle();
    await list(other);
    await settle();
    expect((await list(other)).status).toBe(429);
    const found = await one.store.rateLimits.find({ expire_at: { $gt: one.now } }).lean();
    const counted = found.flatMap(({ counts }) => Object.values(counts));
    expect(counted.sort()).toEqual([1, 2]);
  });

  it('count on what was counted before a count was forgotten', async () => {
    await list();
    await one.counts.settle();
    const quota = { requests: 2, seconds: 60 };
    const again = [new RequestCounts(one.store, () => one.now), new RequestCounts(one.store, () => one.now)];
    for (const counts of again) {
      expect(counts.take('read somebody', quota).isAdmitted).toBe(true);
      await counts.settle();
    }
    expect(again[1]?.take('read somebody', quota).isAdmitted).toBe(false);
  });

  it('keep neither names nor addresses of callers, and a count only until its window is over', async () => {
    await one.store.rateLimits.deleteMany({});
    await list();
    await settle();
    const rows = await one.store.rateLimits.find().lean();
    expect(rows).toEqual([
      {
        _id: expect.stringMatching(/^[\w-]{43} \d{13}$/),
        counts: { [Object.keys(rows[0]?.counts ?? {})[0] ?? '']: 1 },
        expire_at: expect.any(Date),
      },
    ]);
    expect(rows[0]?.expire_at.getTime()).toBeGreaterThan(one.now.getTime());
    expect(rows[0]?.expire_at.getTime()).toBeLessThanOrEqual(one.now.getTime() + MINUTE);
  });

  it('settle in statements of bounded size, and forget what is over', async () => {
    const counts = new RequestCounts(one.store, () => one.now);
    const quota = { requests: 1, seconds: 60 };
    for (let caller = 0; caller < 2_500; caller++) counts.take(`read ${caller}`, quota);
    const bulk = vi.spyOn(mongo.Collection.prototype, 'bulkWrite');
    await counts.settle();
    expect(bulk.mock.calls.map(([updates]) => updates.length)).toEqual([1_000, 1_000, 500]);
    counts.take('late', quota);
    one.now = new Date(one.now.getTime() + 2 * MINUTE);
    bulk.mockClear();
    await counts.settle();
    expect(bulk).not.toHaveBeenCalled();
  });
});
