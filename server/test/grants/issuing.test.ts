import { readFile } from 'node:fs/promises';
import type { mongo } from 'mongoose';
import { beforeEach, describe, expect, it } from 'vitest';
import type { RefreshTokenRow } from '../../src/database/collections.ts';
import { consentRow, PAGE_GRANT, PAGE_GRANT_ID, tokenRow } from '../rows.ts';
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

async function inBulk(body: object): Promise<void> {
  const { status } = await service.ask('POST', '/api/v1/oauth-grants/revoke', { as: admin, body });
  expect(status).toBe(200);
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

it('a revocation between two writes outruns what consumes first, and checks no mark', async () => {
  // As libraries do it: the test would find it.
  const { refreshTokens } = service.store;
  await refreshTokens.collection.updateOne(
    { _id: first._id as never },
    { $set: { revoked_at: service.now, updated_at: service.now }, $unset: { grouped: '' } },
  );
  await inBulk(FILTER);
  await refreshTokens.create(next());
  expect((await live()).map(({ _id }) => _id)).toEqual(['next']);
});

it('a token that was used twice gives no second one', async () => {
  const { db } = interrupted(-1, async () => undefined);
  expect(await issue(db, next(), first, service.now)).toBe(true);
  expect(await issue(db, tokenRow({ ...next(), _id: 'again' }), first, service.now)).toBe(false);
  expect((await live()).map(({ _id }) => _id)).toEqual(['next']);
});

describe.each(ways)('a grant revoked %s', (_name, revoke) => {
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
