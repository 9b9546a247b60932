import { beforeEach, describe, expect, it } from 'vitest';
import { some } from '../effort.ts';
import { SORT_FIELDS } from '../grants/reference.ts';
import { tokenRow } from '../rows.ts';
import { useService } from '../service.ts';
import { admin, day, fill, page as pageOf, type Query } from './lists.ts';

const service = useService();
beforeEach(() => fill(service));
const page = (query: Query) => pageOf(service, query);

/** Every grant of a list, read by cursor, in pages of different sizes. */
async function walk(query: Query): Promise<unknown[]> {
  const grants = [];
  for (let cursor = 'first', limit = 1; ; limit = (limit % 4) + 1) {
    const { next_cursor, ...body } = await page({ ...query, limit, cursor });
    expect(body).toMatchObject({ offset: 0, limit });
    grants.push(...body.grants);
    expect(next_cursor === undefined, 'says whether there is more').toBe(grants.length === body.total_count);
    if (next_cursor === undefined) return grants;
    cursor = next_cursor;
  }
}

const sortings = SORT_FIELDS.flatMap((sort_by) =>
  ['asc', 'desc'].map((sort_order) => ({ sort_by, sort_order })),
);

describe('a list read by cursor', () => {
  it.each(some(sortings, 4))(
    'has every grant once, in the order of the list: by $sort_by, $sort_order',
    async (order) => {
      for (const status of ['active', 'expired', 'revoked', 'all']) {
        const { grants } = await page({ ...order, status, limit: 1_000 });
        expect(grants.length, status).toBeGreaterThan(4);
        expect(await walk({ ...order, status }), status).toEqual(grants);
      }
    },
  );

  it('keeps to its filters', async () => {
    const query = { status: 'all', project_id: 'p1', client_id: 'c2', sort_by: 'last_used_at' };
    const { grants } = await page(query);
    expect(grants).toHaveLength(4);
    expect(await walk(query)).toEqual(grants);
  });

  it('is not shifted by grants that come and go', async () => {
    const { grants } = await page({});
    const { next_cursor: cursor } = await page({ limit: 4, cursor: 'first' });
    const [gone, , , , goneToo, ...rest] = grants;
    for (const { grant_id } of [gone, goneToo]) {
      await service.ask('DELETE', `/api/v1/oauth-grants/${grant_id}`, { as: admin });
    }
    await service.store.refreshTokens.insertMany([
      tokenRow({ user_id: 'before', created_at: day(service, 0) }),
      tokenRow({ user_id: 'after', created_at: day(service, -100) }),
    ]);

    const { grants: left } = await page({ cursor });

    expect(left.slice(0, -1)).toEqual(rest);
    expect(left.at(-1)).toMatchObject({ user_id: 'after' });
  });

  it('goes on where the grant that it stopped at is gone', async () => {
    const { grants } = await page({ sort_by: 'expires_at' });
    const { next_cursor: cursor } = await page({ sort_by: 'expires_at', limit: 5, cursor: 'first' });
    await service.ask('DELETE', `/api/v1/oauth-grants/${grants[4].grant_id}`, { as: admin });
    expect((await page({ sort_by: 'expires_at', cursor })).grants).toEqual(grants.slice(5));
  });

  it('takes grants of hundreds of scopes', async () => {
    const scope = Array.from({ length: 300 }, (_, index) => `https://scopes.example/read/${index}`);
    await service.store.refreshTokens.create(tokenRow({ scope, created_at: day(service, 0) }));
    const { next_cursor: cursor, total_count } = await page({ limit: 1, cursor: 'first' });
    expect((await page({ cursor })).grants).toHaveLength(total_count - 1);
  });

  it('begins where an offset says', async () => {
    const query = { status: 'all', sort_by: 'last_used_at' };
    const { grants } = await page(query);
    for (const offset of [0, 3, 13, 20]) {
      const { next_cursor: cursor } = await page({ ...query, cursor: 'first', offset, limit: 2 });
      expect((await page({ ...query, cursor })).grants).toEqual(grants.slice(offset + 2));
    }
  });

  it('has no cursor where nothing comes after', async () => {
    for (const query of [{}, { offset: 1_000 }, { user_id: 'nobody' }]) {
      expect(await page({ ...query, cursor: 'first' })).not.toHaveProperty('next_cursor');
    }
  });

  it('begins with the page that is given without a cursor, but for the cursor of the next', async () => {
    for (const query of [{ limit: 3 }, { limit: 2, offset: 4, sort_by: 'status', status: 'all' }]) {
      const { next_cursor, ...first } = await page({ ...query, cursor: 'first' });
      expect(next_cursor).toEqual(expect.any(String));
      expect(await page(query)).toEqual(first);
    }
  });
});
