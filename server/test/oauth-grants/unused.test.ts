import { mongo } from 'mongoose';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { encodeGrantId } from '../../src/grants/rows/identity.ts';
import { PAGE_GRANT, tokenRow } from '../rows.ts';
import { useService } from '../service.ts';
import { admin, ask, day, page, type Query } from './lists.ts';
import { previewing } from './previewing.ts';

const service = useService();
const { revoke, preview, execute } = previewing(service);
const { account_id } = PAGE_GRANT;
const ago = (days: number) => day(service, -days);
const since = (days: number) => ago(days).toISOString();
const MILLISECOND = 1;
const NO_MOMENTS = [
  'yesterday',
  '2026-05-01',
  '2026-04-30T23:59:60Z',
  '2026-02-30T00:00:00Z',
  '2026-02-31T12:00:00+02:00',
  '2026-04-30T24:00:00Z',
  '2026-04-30T00:00:00+02',
];

/** A token of a grant of its own, issued a year ago. */
const grant = (name: string, last_used_at: Date | null, created_at = ago(365)) =>
  tokenRow({ _id: name, client_id: name, created_at, last_used_at, expires_at: null });

async function use(name: string): Promise<void> {
  const update = {
    $set: { last_used_at: service.now, updated_at: service.now },
    $unset: { grouped: '' },
  } as const;
  await service.store.refreshTokens.collection.updateOne({ client_id: name }, update);
}

async function named(query: Query): Promise<string[]> {
  const { grants, total_count } = await page(service, query);
  expect(total_count).toBe(grants.length);
  return grants.map(({ client_id }: { client_id: string }) => client_id).sort();
}

const unrevoked = async () => {
  const rows = await service.store.refreshTokens.find({ revoked_at: null }).lean();
  return rows.map(({ client_id }) => client_id).sort();
};

/** Does something once a revocation has chosen its grants: just before it first updates any of them. */
function onceChosen(work: () => Promise<void>): void {
  const { updateMany } = mongo.Collection.prototype;
  let isChosen = false;
  vi.spyOn(mongo.Collection.prototype, 'updateMany').mockImplementation(async function (
    this: mongo.Collection,
    ...given
  ) {
    if (this.collectionName === 'grants' && !isChosen) {
      isChosen = true;
      await work();
    }
    return updateMany.apply(this, given);
  });
}

beforeEach(async () => {
  vi.restoreAllMocks();
  await service.store.refreshTokens.insertMany([
    grant('used today', service.now),
    grant('used long ago', ago(100)),
    grant('used at the moment', ago(90)),
    grant('used just before', new Date(ago(90).getTime() - MILLISECOND)),
    grant('never used', null),
    grant('new and never used', null, ago(1)),
  ]);
});

describe('a list of unused grants', () => {
  it('has those whose last use, or whose grant if there was none, lies before the moment', async () => {
    expect(await named({ unused_since: since(90) })).toEqual([
      'never used',
      'used just before',
      'used long ago',
    ]);
  });

  it.each(['granted_at', 'client_name', 'last_used_at', 'status'])(
    'is the same sorted by %s, page by page',
    async (sort_by) => {
      const query = { unused_since: since(90), sort_by, limit: 1 };
      const seen: string[] = [];
      let cursor: string | undefined = 'first';
      while (cursor !== undefined) {
        const body: { grants: { client_id: string }[]; next_cursor?: string } = await page(service, {
          ...query,
          cursor,
        });
        seen.push(...body.grants.map(({ client_id }) => client_id));
        cursor = body.next_cursor;
      }
      expect(seen.sort()).toEqual(['never used', 'used just before', 'used long ago']);
    },
  );

  it('is counted anew after a use, which changes no status', async () => {
    await named({ unused_since: since(90) });
    await use('never used');
    expect(await named({ unused_since: since(90) })).toEqual(['used just before', 'used long ago']);
  });

  it('has cursors of its own', async () => {
    const { next_cursor } = await page(service, { unused_since: since(90), limit: 1, cursor: 'first' });
    for (const unused_since of [since(91), undefined]) {
      const { status, body } = await ask(service, { unused_since, limit: 1, cursor: next_cursor });
      expect(status).toBe(400);
      expect(body.errors).toMatchObject([{ field: 'cursor' }]);
    }
  });

  it('is refused for what is not a moment', async () => {
    for (const unused_since of NO_MOMENTS) {
      const { status, body } = await ask(service, { unused_since });
      expect([unused_since, status]).toEqual([unused_since, 400]);
      expect(body.errors).toMatchObject([{ in: 'query', field: 'unused_since' }]);
    }
  });

  it('takes an offset, and says how to write it if its + was sent as a space', async () => {
    const moment = since(90).replace('Z', '+00:00');
    expect(await named({ unused_since: moment })).toHaveLength(3);
    const { body } = await ask(service, { unused_since: moment.replace('+', ' ') });
    expect(body.errors[0].detail).toContain('%2B');
  });
});

describe('a bulk revocation of unused grants', () => {
  it('revokes them and no others, and its audit event says since when', async () => {
    const { body } = await revoke({ account_id, unused_since: since(90) });
    expect(body).toEqual({ revoked_tokens: 3, revoked_consents: 0 });
    expect(await unrevoked()).toEqual(['new and never used', 'used at the moment', 'used today']);
    const { body: trail } = await service.ask('GET', '/api/v1/oauth-grants/audit-events', { as: admin });
    expect(trail.events).toMatchObject([
      { filter: { account_id, status: 'active', unused_since: since(90) }, revoked_tokens: 3 },
    ]);
  });

  it('does not make writers revoke a first token, which they do for a filter in the event', async () => {
    await revoke({ account_id, unused_since: since(90) });
    expect(await service.store.auditEvents.countDocuments({ 'filter.account_id': account_id })).toBe(0);
  });

  it('needs another filter, so that nobody revokes an account by a moment', async () => {
    for (const more of [{}, { status: 'all' }, { dry_run: true }]) {
      const { status } = await revoke({ unused_since: since(90), ...more });
      expect(status).toBe(400);
    }
    expect(await unrevoked()).toHaveLength(6);
  });

  it('is refused for a moment to come, at which nothing has been used yet', async () => {
    const { status, body } = await revoke({ account_id, unused_since: since(-1) });
    expect(status).toBe(400);
    expect(body.errors).toEqual([
      {
        in: 'body',
        field: '/unused_since',
        detail: `must not be in the future; it is ${service.now.toISOString()} now`,
      },
    ]);
    expect(await unrevoked()).toHaveLength(6);
  });

  it('is refused for what is not a moment, such as a day that its month does not have', async () => {
    for (const unused_since of NO_MOMENTS) {
      const { status, body } = await revoke({ account_id, unused_since });
      expect([unused_since, status]).toEqual([unused_since, 400]);
      expect(body.errors).toMatchObject([{ in: 'body', field: '/unused_since' }]);
    }
    expect(await unrevoked()).toHaveLength(6);
  });

  it('keeps a grant that is used after it was chosen, and leaves no mark on it', async () => {
    onceChosen(() => use('used long ago'));
    const { body } = await revoke({ account_id, unused_since: since(90) });
    expect(body).toEqual({ revoked_tokens: 2, revoked_consents: 0 });
    expect(await unrevoked()).toContain('used long ago');
    expect(await service.store.grants.countDocuments({ revoking: true })).toBe(0);
    const path = `/api/v1/oauth-grants/${encodeGrantId({ ...PAGE_GRANT, client_id: 'used long ago' })}`;
    expect((await service.ask('GET', path, { as: admin })).body).toMatchObject({ status: 'active' });
  });

  it('keeps a suspended grant suspended that was used before it was suspended', async () => {
    const id = encodeGrantId({ ...PAGE_GRANT, client_id: 'used long ago' });
    await service.ask('POST', `/api/v1/oauth-grants/${id}/suspend`, { as: admin });
    onceChosen(() => use('used long ago'));
    await revoke({ account_id, unused_since: since(90) });
    const { body } = await ask(service, { client_id: 'used long ago', include_suspension: 'true' });
    expect(body.grants).toMatchObject([{ status: 'active', suspended_until: expect.any(String) }]);
    expect((await service.ask('POST', `/api/v1/oauth-grants/${id}/restore`, { as: admin })).status).toBe(204);
  });

  it('keeps a grant that got another token since, although no token of it was used', async () => {
    const again = { ...grant('never used', null, ago(1)), _id: 'signed in again' };
    await service.store.refreshTokens.create(again);
    expect((await preview({ account_id, unused_since: since(90) })).body.grants).toBe(2);
    await revoke({ account_id, unused_since: since(90) });
    expect((await unrevoked()).filter((name) => name === 'never used')).toHaveLength(2);
  });

  it('that was previewed is a 409 once one of its grants was used', async () => {
    const { body } = await preview({ account_id, unused_since: since(90) });
    expect(body).toMatchObject({ grants: 3, tokens: 3 });
    await use('used long ago');
    const { status, body: problem } = await execute(body.preview_token);
    expect(status).toBe(409);
    expect(problem.changes).toMatchObject({ added: 0, removed: 1, other_status: 0 });
    expect(await unrevoked()).toHaveLength(6);
  });

  it('that was previewed keeps a grant that is used while it is executed', async () => {
    const { body } = await preview({ account_id, unused_since: since(90) });
    onceChosen(() => use('used long ago'));
    expect((await execute(body.preview_token)).body).toEqual({ revoked_tokens: 2, revoked_consents: 0 });
    expect(await unrevoked()).toContain('used long ago');
  });
});
