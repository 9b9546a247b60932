import { isDeepStrictEqual } from 'node:util';
import type { Case } from '../case.ts';
import type { Client } from '../client.ts';
import { type As, READERS } from './callers.ts';
import type { Check } from './check.ts';
import { isMatching, momentsIn, valuesToFilterBy } from './grant-filters.ts';
import { type GrantQuery, readAll, readByCursor, sortsOf, valuesOf } from './grant-pages.ts';
import { type Grant, LIST, MAX_LIMIT } from './grants.ts';
import { objectsIn } from './lists.ts';
import { folded, orderFault } from './order.ts';

/** How many runs of grants that are equal in the sorted field pages end in. */
const MAX_RUNS = 4;
/** How many grants a page has that begins amid the list. */
const PAGE = 3;

/** Rules of OAuth Grants about the order of a list, and its pages in that order. */
export const GRANT_ORDER_CHECKS: Check[] = [
  {
    document: 'oauth-grants',
    name: 'a list is sorted as asked, grants without the field last, and has every grant once by cursor and offset',
    async run(test, { client }) {
      const { body } = await client.succeed(test, LIST, { query: { status: 'all', limit: 1 } });
      const total = Number(body.total_count);
      if (total === 0) test.skip('there is no grant');
      // The end of a list has the grants without the field.
      const offset = Math.max(0, total - MAX_LIMIT);
      for (const sort of sortsOf(client))
        await expectOrder(test, client, { sort, list: { status: 'all' }, offset });
      if (offset > 0) test.skip(`only the last ${MAX_LIMIT} of ${total} grants were read in each order`);
    },
  },
  ...READERS.map(
    ({ who, isAdmin, asOf }, reader): Check => ({
      document: 'oauth-grants',
      name: `a list that filters narrow is sorted and has every grant once, as ${who} reads it`,
      async run(test, context) {
        const { client } = context;
        const as = asOf(test, context);
        const { grants } = await readAll(test, client, as);
        const lists = narrowLists(grants, valuesOf(client, 'status'));
        if (lists.length === 0) test.skip('there are fewer than two grants of any kind');
        // Those who see a part read each field in one direction, and the other ones in the other.
        const directions = valuesOf(client, 'sort_order');
        const fields = valuesOf(client, 'sort_by');
        const sorts = fields.map((sort_by, index) => {
          const sort_order = directions[(index + reader) % directions.length] ?? '';
          return { sort_by, sort_order };
        });
        for (const [index, sort] of (isAdmin ? sortsOf(client) : sorts).entries()) {
          const list = lists[index % lists.length] ?? {};
          await expectOrder(test, client, { sort, list, as, isBrief: true });
        }
      },
    }),
  ),
];

/** Lists of a part of the grants, each of more than one. */
function narrowLists(grants: Grant[], statuses: string[]): GrantQuery[] {
  const filters = Object.entries(valuesToFilterBy(grants));
  const [unused_since] = momentsIn(grants);
  const lists = [
    ...statuses.map((status) => ({ status })),
    ...filters.map(([name, value]) => ({ status: 'all', [name]: value })),
    ...(unused_since === undefined ? [] : [{ status: 'all', unused_since }]),
  ];
  const sizeOf = (query: GrantQuery) => grants.filter((grant) => isMatching(grant, query)).length;
  return lists.filter((query) => sizeOf(query) > 1 && sizeOf(query) <= MAX_LIMIT);
}

interface Ordered {
  sort: { sort_by: string; sort_order: string };
  list: GrantQuery;
  /** Where what is read begins. */
  offset?: number;
  as?: As;
  /** Whether two pages by cursor and one amid the list are enough. */
  isBrief?: boolean;
}

async function expectOrder(
  test: Case,
  client: Client,
  { sort, list, offset = 0, as = {}, isBrief = false }: Ordered,
): Promise<void> {
  const { sort_by, sort_order } = sort;
  const query = { ...list, ...sort };
  const whole = await client.succeed(test, LIST, { ...as, query: { ...query, limit: MAX_LIMIT, offset } });
  const grants = objectsIn(whole.body, 'grants');
  const fault = orderFault(grants, sort_by, sort_order);
  if (fault !== undefined) client.differs(test, whole, fault);
  const values = grants.map((grant) => grant[sort_by]);
  const limits = isBrief ? [Math.ceil(values.length / 2)] : limitsAmidTies(values);
  const ids = await readByCursor(test, client, { query, limits, offset, as });
  const listed = grants.map(({ grant_id }) => grant_id);
  if (ids.length !== listed.length || !isDeepStrictEqual(new Set(ids), new Set(listed))) {
    client.differs(test, whole, `other grants by cursor than by offset, sorted by ${sort_by}`);
  }
  for (const start of startsAmid(values).slice(isBrief ? -1 : 0)) {
    const begin = { limit: PAGE, offset: offset + start };
    const page = await client.succeed(test, LIST, { ...as, query: { ...query, ...begin } });
    if (!isDeepStrictEqual(objectsIn(page.body, 'grants'), grants.slice(start, start + PAGE)))
      client.differs(test, page, `another page at an offset than the list has there, sorted by ${sort_by}`);
  }
}

/** Where pages begin that are easily read from the wrong place: amid grants without the field, and around the first. */
function startsAmid(values: unknown[]): number[] {
  const first = values.findIndex((value) => typeof value !== 'string');
  if (first === -1) return [Math.ceil(values.length / 2)];
  const starts = [first - 1, first, first + 1, Math.ceil((first + values.length) / 2)];
  return [...new Set(starts)].filter((start) => start >= 0 && start < values.length);
}

/**
 * Limits of pages that end where a page is easily cut wrongly: amid values that are equal, and where the next value or
 * none begins; besides in the middle of the list.
 */
function limitsAmidTies(values: unknown[]): number[] {
  const keys = values.map((value) => (typeof value === 'string' ? folded(value) : undefined));
  const ends = [...keys.keys(), keys.length].filter((end) => end > 0 && keys[end] !== keys[end - 1]);
  const last = keys.length;
  const runs = [...new Set([...ends, last])].map((end, index, all) => ({ start: all[index - 1] ?? 0, end }));
  const ties = runs
    .filter(({ start, end }) => end - start > 1)
    .toSorted((one, other) => other.end - other.start - (one.end - one.start));
  const without = ties.filter(({ start }) => keys[start] === undefined);
  const borders = [...new Set([...without, ...ties])]
    .slice(0, MAX_RUNS)
    .flatMap(({ start, end }) => [Math.ceil((start + end) / 2), end]);
  const ordered = [...new Set([...borders, Math.ceil(last / 2), last])].toSorted((a, b) => a - b);
  return ordered.map((border, index) => border - (ordered[index - 1] ?? 0));
}
