import { isDeepStrictEqual } from 'node:util';
import type { Case } from '../case.ts';
import type { Client } from '../client.ts';
import type { Check } from './check.ts';
import { readByCursor, sortsOf } from './grant-pages.ts';
import { LIST, MAX_LIMIT } from './grants.ts';
import { objectsIn } from './lists.ts';
import { folded, orderFault } from './order.ts';

/** How many runs of grants that are equal in the sorted field pages end in. */
const MAX_RUNS = 4;

/** Rules of OAuth Grants about the order of a list, and its pages in that order. */
export const GRANT_ORDER_CHECK: Check = {
  document: 'oauth-grants',
  name: 'a list is sorted as asked, grants without the field last, and has every grant once by cursor',
  async run(test, { client }) {
    const { body } = await client.succeed(test, LIST, { query: { status: 'all', limit: 1 } });
    const total = Number(body.total_count);
    if (total === 0) test.skip('there is no grant');
    // The end of a list has the grants without the field.
    const offset = Math.max(0, total - MAX_LIMIT);
    for (const sort of sortsOf(client)) await expectOrder(test, client, sort, offset);
    if (offset > 0) test.skip(`only the last ${MAX_LIMIT} of ${total} grants were read in each order`);
  },
};

async function expectOrder(
  test: Case,
  client: Client,
  sort: { sort_by: string; sort_order: string },
  offset: number,
): Promise<void> {
  const query = { status: 'all', ...sort };
  const whole = await client.succeed(test, LIST, { query: { ...query, limit: MAX_LIMIT, offset } });
  const grants = objectsIn(whole.body, 'grants');
  const fault = orderFault(grants, sort.sort_by, sort.sort_order);
  if (fault !== undefined) client.differs(test, whole, fault);
  const limits = limitsAmidTies(grants.map((grant) => grant[sort.sort_by]));
  const ids = await readByCursor(test, client, { query, limits, offset });
  const listed = grants.map(({ grant_id }) => grant_id);
  if (ids.length !== listed.length || !isDeepStrictEqual(new Set(ids), new Set(listed))) {
    client.differs(test, whole, `other grants by cursor than by offset, sorted by ${sort.sort_by}`);
  }
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
