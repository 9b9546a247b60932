import { isDeepStrictEqual } from 'node:util';
import { type Case, CaseEnded } from '../case.ts';
import type { Call, Client } from '../client.ts';
import type { Check } from './check.ts';
import { isMatching, momentsIn, valuesToFilterBy } from './grant-filters.ts';
import { type GrantQuery, readAll, valuesOf } from './grant-pages.ts';
import { type Grant, LIST } from './grants.ts';
import { objectsIn } from './lists.ts';

const BASE = { status: 'all', sort_by: 'granted_at', sort_order: 'desc' };
/** A small page, which others come after. */
const LIMIT = 2;

/** Rules of OAuth Grants about its cursors. */
export const GRANT_CURSOR_CHECKS: Check[] = [
  {
    document: 'oauth-grants',
    name: 'a cursor holds for its own list alone',
    async run(test, { client, otherToken }) {
      const { grants } = await readAll(test, client);
      if (grants.length < 2) test.skip('there are fewer than two grants');
      const cursor = await nextCursor(test, client, BASE);
      for (const query of othersThan(client, grants)) {
        await expectRefusal(test, client, { query: { ...query, cursor } }, changeOf(BASE, query));
      }
      await expectRefusal(test, client, { query: { ...BASE, cursor, offset: 1 } }, 'an offset beside it');
      // The page after it may have another size, and an offset of 0 says nothing.
      await client.succeed(test, LIST, { query: { ...BASE, cursor, limit: LIMIT, offset: 0 } });
      for (const query of filtersWithTwo(grants)) {
        const own = await nextCursor(test, client, { ...BASE, ...query });
        await expectRefusal(test, client, { query: { ...BASE, cursor: own } }, changeOf(query, {}));
        for (const other of otherValues(grants, query)) {
          const changed = { ...BASE, ...other, cursor: own };
          await expectRefusal(test, client, { query: changed }, changeOf(query, other));
        }
      }
      if (otherToken === undefined) return test.skip('no other_account_admin_token was given');
      const call = { query: { ...BASE, cursor }, token: otherToken };
      await expectRefusal(test, client, call, 'the token of another account');
    },
  },
  {
    document: 'oauth-grants',
    name: 'the first page by cursor is the one at its offset, and the last one has no next_cursor',
    async run(test, { client }) {
      const { body } = await client.succeed(test, LIST, { query: { ...BASE, limit: 1 } });
      const total = Number(body.total_count);
      if (total === 0) test.skip('there is no grant');
      const offsets = [0, 1, Math.floor(total / 2), total - LIMIT, total - 1, total];
      for (const offset of new Set(offsets.filter((one) => one >= 0))) {
        const query = { ...BASE, offset, limit: LIMIT };
        const byOffset = await client.succeed(test, LIST, { query });
        const byCursor = await client.succeed(test, LIST, { query: { ...query, cursor: 'first' } });
        const { next_cursor, ...page } = byCursor.body;
        if (!isDeepStrictEqual(page, byOffset.body))
          client.differs(test, byCursor, 'another page with cursor=first than without, at an offset');
        const isLast = offset + LIMIT >= total;
        if (isLast !== (next_cursor === undefined))
          client.differs(test, byCursor, isLast ? 'a next_cursor on the last page' : 'no next_cursor');
        if (next_cursor === undefined || isLast) continue;
        const after = await client.succeed(test, LIST, {
          query: { ...BASE, limit: LIMIT, cursor: String(next_cursor) },
        });
        const expected = await client.succeed(test, LIST, { query: { ...query, offset: offset + LIMIT } });
        if (!isDeepStrictEqual(objectsIn(after.body, 'grants'), objectsIn(expected.body, 'grants')))
          client.differs(test, after, 'another page after a next_cursor than at its offset');
      }
    },
  },
];

async function nextCursor(test: Case, client: Client, query: GrantQuery): Promise<string> {
  const page = await client.succeed(test, LIST, { query: { ...query, limit: 1, cursor: 'first' } });
  const { next_cursor } = page.body;
  if (typeof next_cursor === 'string') return next_cursor;
  client.differs(test, page, 'no next_cursor before the last page');
  throw new CaseEnded('a list gave no next_cursor');
}

async function expectRefusal(test: Case, client: Client, call: Call, what: string): Promise<void> {
  const answer = await client.call(test, LIST, call);
  if (answer.status !== 400)
    client.differs(test, answer, `a ${answer.status} for a cursor of another list: ${what}`);
}

/** The parameters in which two queries differ. */
function changeOf(one: GrantQuery, other: GrantQuery): string {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].filter((name) => one[name] !== other[name]).join(', ');
}

/** Lists that differ from `BASE` in one parameter. */
function othersThan(client: Client, grants: Grant[]): GrantQuery[] {
  const chosen = Object.entries(BASE).flatMap(([name, value]) =>
    valuesOf(client, name)
      .filter((other) => other !== value)
      .map((other) => ({ ...BASE, [name]: other })),
  );
  return [...chosen, ...narrowing(grants).map((query) => ({ ...BASE, ...query }))];
}

/** Filters that leave grants out. One that does not, such as by the own account, makes no other list. */
function narrowing(grants: Grant[]): GrantQuery[] {
  const names = Object.entries(valuesToFilterBy(grants)).filter(([name, value]) =>
    grants.some((grant) => grant[name] !== value),
  );
  const unused = momentsIn(grants).slice(0, 1);
  return [
    ...names.map(([name, value]) => ({ [name]: value })),
    ...unused.map((unused_since) => ({ unused_since })),
  ];
}

/** Filters that leave at least two grants, so that their lists have a second page. */
function filtersWithTwo(grants: Grant[]): GrantQuery[] {
  return narrowing(grants).filter(
    (query) => grants.filter((grant) => isMatching(grant, { status: 'all', ...query })).length >= 2,
  );
}

/** The same filter with another value. */
function otherValues(grants: Grant[], query: GrantQuery): GrantQuery[] {
  return Object.entries(query).flatMap(([name, value]) => {
    const values = name === 'unused_since' ? momentsIn(grants) : grants.map((grant) => grant[name]);
    const other = values.find((one) => one && one !== value);
    return other === undefined ? [] : [{ [name]: String(other) }];
  });
}
