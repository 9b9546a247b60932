import { readFile } from 'node:fs/promises';
import { mongo } from 'mongoose';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RefreshTokenRow } from '../../src/database/collections.ts';
import { some, times } from '../effort.ts';
import { ASKED, consentRow, PAGE_GRANT, PAGE_GRANT_ID, tokenRow } from '../rows.ts';
import { useService } from '../service.ts';
import { expectNoDifference } from './read-model/actors.ts';

/*
 * The code that the guide of the store gives to authorization servers, run as it stands, with a revocation before each of
 * its commands. interleavings/ has the same steps in any order with the commands of revocations.
 */

type Issue = (
  db: object,
  row: RefreshTokenRow,
  old: RefreshTokenRow | undefined,
  now: Date,
) => Promise<boolean>;

const guide = await readFile(new URL('../../../docs/guides/store.md', import.meta.url), 'utf8');
const [, code = ''] = /^```js\n(const scopeSet.*?)^```$/ms.exec(guide) ?? [];
const { issue }: { issue: Issue } = await import(`data:text/javascript,${encodeURIComponent(code)}`);

const service = useService();
const admin = { sub: 'admin', account_id: PAGE_GRANT.account_id, permissions: ['account:admin'] };
const person = {
  sub: PAGE_GRANT.user_id,
  account_id: PAGE_GRANT.account_id,
  scope: 'openid urn:logto:scope:sessions',
};
const FILTER = { client_id: PAGE_GRANT.client_id };

const ways: [name: string, revoke: () => Promise<unknown>][] = [
  ['by its id', () => service.ask('DELETE', `/api/v1/oauth-grants/${PAGE_GRANT_ID}`, { as: admin })],
  ['by ids', () => inBulk({ grant_ids: [PAGE_GRANT_ID] })],
  ['by a filter', () => inBulk(FILTER)],
  ['by a filter, with consents', () => inBulk({ ...FILTER, include_consent: true })],
  ['by its person', () => service.ask('DELETE', '/v1/me/grants/consent', { as: person })],
];

async function inBulk(body: object) {
  const answer = await service.ask('POST', '/api/v1/oauth-grants/revoke', { as: admin, body });
  expect(answer.status).toBe(200);
  return answer.body;
}

/** The database as `issue` meets it, with something else before one of its commands. Counts them. */
function interrupted(at: number, interrupt: () => Promise<unknown>) {
  const { db } = service.store.users.db;
  let commands = 0;
  const collection = (name: string) =>
    new Proxy((db as mongo.Db).collection(name), {
      get: (target, method: 'findOne' | 'insertOne' | 'updateOne') => {
        return async (...given: Parameters<(typeof target)[typeof method]>) => {
          if (commands === at) await interrupt();
          commands += 1;
          return Reflect.apply(target[method], target, given);
        };
      },
    });
  return { db: { collection }, count: () => commands };
}

/** Does something before a command of a revocation, which are counted from 0; says how many there were. */
function interruptRevocation(at: number, interrupt: () => Promise<unknown>): () => number {
  let commands = 0;
  let isInterrupted = false;
  const interrupted = async () => {
    if (isInterrupted) return;
    commands += 1;
    if (commands - 1 !== at) return;
    isInterrupted = true;
    await interrupt();
    isInterrupted = false;
  };
  const rows = mongo.Collection.prototype;
  for (const method of [
    'findOne',
    'updateOne',
    'updateMany',
    'insertMany',
    'deleteOne',
    'distinct',
  ] as const) {
    const before = rows[method];
    vi.spyOn(rows, method).mockImplementation(async function (this: typeof rows, ...given: unknown[]) {
      await interrupted();
      return Reflect.apply(before, this, given);
    });
  }
  const cursor = mongo.AbstractCursor.prototype;
  for (const method of ['toArray', 'next'] as const) {
    const before = cursor[method];
    vi.spyOn(cursor, method).mockImplementation(async function (this: typeof cursor) {
      await interrupted();
      return Reflect.apply(before, this, []);
    });
  }
  return () => commands;
}

afterEach(() => void vi.restoreAllMocks());

const live = () => service.store.refreshTokens.find({ revoked_at: null }).lean();
const first = tokenRow({ _id: 'first', consent_id: 'consent' });
const next = () =>
  tokenRow({ _id: 'next', consent_id: 'consent', created_at: service.now, updated_at: service.now });

beforeEach(async () => {
  await service.store.consents.create(consentRow({ _id: 'consent' }));
  await service.store.refreshTokens.create(first);
});

it('a token that is rotated is one more of its grant, and the only live one', async () => {
  const { db, count } = interrupted(-1, async () => undefined);
  expect(await issue(db, next(), first, service.now)).toBe(true);
  expect(count()).toBe(5);
  expect((await live()).map(({ _id }) => _id)).toEqual(['next']);
  const { body } = await service.ask('GET', `/api/v1/oauth-grants/${PAGE_GRANT_ID}`, { as: admin });
  expect(body).toMatchObject({ status: 'active', token_count: 2 });
});

describe('a writer that consumes first, as libraries do,', () => {
  const consume = (fields = {}) =>
    service.store.refreshTokens.collection.updateOne(
      { _id: first._id as never },
      { $set: { revoked_at: service.now, updated_at: service.now, ...fields }, $unset: { grouped: '' } },
    );
  const revoked = async () => {
    const { body } = await service.ask('GET', `/api/v1/oauth-grants/${PAGE_GRANT_ID}`, { as: admin });
    return body.status;
  };

  it('and checks no mark, is outrun by a revocation', async () => {
    await consume();
    await inBulk(FILTER);
    await service.store.refreshTokens.create(next());
    expect((await live()).map(({ _id }) => _id)).toEqual(['next']);
  });

  it.each(ways)('sees the mark of what is revoked %s', async (_name, revoke) => {
    expect(await revoked()).toBe('active');
    await consume({ revoked_reason: 'rotated' });
    expect(await revoked()).toBe('revoked');
    const mark = () => service.model.grants.findOne({ revocation: { $exists: true } });
    expect(await mark()).toBeNull();
    await revoke();
    expect(await mark()).not.toBeNull();
    await expectNoDifference(service.model);
  });

  it('has no grant revoked again that was revoked', async () => {
    await consume({ revoked_reason: 'revoked' });
    expect(await inBulk({ ...FILTER, include_consent: true })).toEqual({
      revoked_tokens: 0,
      revoked_consents: 0,
    });
  });
});

describe('the first token of a grant', () => {
  beforeEach(async () => {
    await service.store.refreshTokens.deleteMany({});
    // Something to revoke, or a revocation ends at once.
    await service.store.refreshTokens.create({ ...first, project_id: 'another' });
  });

  const bulk: [name: string, options: object][] = [
    ['by a filter', {}],
    ['by a filter, with consents', { include_consent: true }],
  ];
  it.each(some(bulk, 1))(
    'that comes before any command of a revocation %s is dead or refused',
    async (_name, options) => {
      const { db } = interrupted(-1, async () => undefined);
      let [at, commands] = [0, 0];
      for (; at <= commands; at += times(5, 1)) {
        await service.empty();
        await service.store.consents.create(consentRow({ _id: 'consent' }));
        await service.store.refreshTokens.create({ ...first, project_id: 'another' });
        const count = interruptRevocation(at, () => issue(db, next(), undefined, service.now));
        await inBulk({ ...FILTER, ...options });
        vi.restoreAllMocks();
        commands = count();
        expect(await live(), `issued before command ${at}`).toEqual([]);
        expect(await service.store.auditEvents.countDocuments({ renewed_at: { $exists: true } })).toBe(0);
      }
      expect(at).toBeGreaterThan(10);
      await expectNoDifference(service.model);
    },
    120_000,
  );

  it('is issued beside a revocation of other grants, of none that is active, or of one that was cut off', async () => {
    const { db, count } = interrupted(-1, async () => undefined);
    const record = (values: object) => ({
      at: service.now,
      ...ASKED,
      action: 'revoke',
      reason: 'requested',
      attempt: 'a',
      filter: { account_id: PAGE_GRANT.account_id },
      status: 'active',
      include_consent: false,
      grants: 0,
      revoked_tokens: 0,
      revoked_consents: 0,
      finished_at: null,
      expire_at: new Date('2100-01-01T00:00:00.000Z'),
      renewed_at: new Date(),
      ...values,
    });
    await service.store.auditEvents.insertMany([
      record({ _id: '1', filter: { account_id: PAGE_GRANT.account_id, client_id: 'another' } }),
      record({ _id: '2', filter: { account_id: 'another' } }),
      record({ _id: '3', status: 'expired' }),
      record({ _id: '4', renewed_at: new Date(Date.now() - 61_000) }),
      record({ _id: '5', renewed_at: undefined }),
    ]);
    expect(await issue(db, next(), undefined, service.now)).toBe(true);
    expect(count()).toBe(5);
    await service.store.auditEvents.insertMany([record({ _id: '6' })]);
    expect(await issue(db, { ...next(), _id: 'other' }, undefined, service.now)).toBe(false);
  });
});

it('a token that Grantkeeper revokes says so', async () => {
  await inBulk(FILTER);
  expect(await service.store.refreshTokens.collection.findOne({})).toMatchObject({
    revoked_reason: 'revoked',
  });
});

it('a token that was used twice gives no second one', async () => {
  const { db } = interrupted(-1, async () => undefined);
  expect(await issue(db, next(), first, service.now)).toBe(true);
  expect(await issue(db, tokenRow({ ...next(), _id: 'again' }), first, service.now)).toBe(false);
  expect((await live()).map(({ _id }) => _id)).toEqual(['next']);
});

describe.each(some(ways, 2))('a grant revoked %s', (_name, revoke) => {
  it.each([0, 1, 2, 3, 4, 5])('before command %i of a rotation leaves no live token', async (at) => {
    const { db, count } = interrupted(at, revoke);
    const isIssued = await issue(db, next(), first, service.now);
    // Once the mark has been read, the revocation finds the new row.
    if (at < 4) expect(isIssued).toBe(false);
    if (at >= count()) await revoke();
    expect(await live()).toEqual([]);
    const { body } = await service.ask('GET', `/api/v1/oauth-grants/${PAGE_GRANT_ID}`, { as: admin });
    expect(body.status).toBe('revoked');
    await expectNoDifference(service.model);
  });
});
