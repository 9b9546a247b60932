import { isDeepStrictEqual } from 'node:util';
import { FILTERS, isUsedSince } from '../answers/grant-page.ts';
import type { Case } from '../case.ts';
import type { Client } from '../client.ts';
import type { As } from './callers.ts';
import { type Check, NOBODY } from './check.ts';
import { type AllGrants, type GrantQuery, readAll, sortsOf, valuesOf } from './grant-pages.ts';
import { type Grant, LIST, MAX_LIMIT } from './grants.ts';
import { objectsIn } from './lists.ts';

/** Rules of OAuth Grants about its filters. */
export const GRANT_FILTER_CHECK: Check = {
  document: 'oauth-grants',
  name: 'a list has the grants that match all of its filters and its status, and total_count counts them',
  async run(test, { client, known }) {
    const all = await readAll(test, client);
    const { grants, total } = all;
    known.learn(grants);
    if (grants.length === 0) test.skip('there is no grant');
    await expectMatching(test, client, queriesFor(grants, valuesOf(client, 'status')), { all });
    if (grants.length < total) test.skip(`filters were compared with ${grants.length} of ${total} grants`);
  },
};

/** Compares lists with the grants that match their queries. */
export async function expectMatching(
  test: Case,
  client: Client,
  queries: GrantQuery[],
  { all: { grants, total }, as = {} }: { all: AllGrants; as?: As },
): Promise<void> {
  const isWhole = grants.length === total;
  // Neither changes what a list has, but a server may find the grants of another order, or by cursor, in another way.
  const sorts = sortsOf(client);
  const ways = [{}, { cursor: 'first' }];
  for (const [index, query] of queries.entries()) {
    const beside = { ...sorts[index % sorts.length], ...ways[index % ways.length], limit: MAX_LIMIT };
    const page = await client.succeed(test, LIST, { ...as, query: { ...query, ...beside } });
    const expected = grants.filter((grant) => isMatching(grant, query));
    const count = Number(page.body.total_count);
    const by = Object.keys(query).join(', ');
    if (isWhole ? count !== expected.length : count < expected.length) {
      const fault = `another total_count than the grants that match (filters: ${by})`;
      client.differs(test, page, fault);
    }
    const listed = objectsIn(page.body, 'grants').map(({ grant_id }) => grant_id);
    const matching = expected.map(({ grant_id }) => grant_id);
    const isComparable = isWhole && expected.length <= MAX_LIMIT;
    if (isComparable && !isDeepStrictEqual(new Set(listed), new Set(matching))) {
      client.differs(test, page, `other grants than those that match (filters: ${by})`);
    }
  }
}

/** Whether a grant is in a list, by the document. */
export function isMatching(grant: Grant, query: GrantQuery): boolean {
  const { status = 'active', unused_since } = query;
  if (status !== 'all' && grant.status !== status) return false;
  if (unused_since !== undefined && isUsedSince(grant, Date.parse(unused_since))) return false;
  return FILTERS.every((name) => query[name] === undefined || grant[name] === query[name]);
}

/** Each filter alone with each status, each pair of them, all of them, and values that no grant has. */
function queriesFor(grants: Grant[], statuses: string[]): GrantQuery[] {
  const [moment, ...moments] = momentsIn(grants);
  const values = { ...valuesToFilterBy(grants), ...(moment === undefined ? {} : { unused_since: moment }) };
  const alone = Object.entries(values).map(([name, value]): GrantQuery => ({ [name]: value }));
  const pairs = alone.flatMap((one, index) => alone.slice(index + 1).map((other) => ({ ...one, ...other })));
  const none = ['client_id', 'resource'].map((name) => ({ [name]: NOBODY }));
  const others = moments.map((unused_since): GrantQuery => ({ unused_since }));
  const ofAll = [...others, ...pairs, values, ...none].map((query) => ({ ...query, status: 'all' }));
  // Without a status, a list has that of active grants.
  const ofEach = alone.flatMap((query) => [query, ...statuses.map((status) => ({ ...query, status }))]);
  return [...ofEach, ...ofAll];
}

/** Values of one grant to filter by: of the user with the most grants, so that others share some of them. */
export function valuesToFilterBy(grants: Grant[]): GrantQuery {
  const counts = new Map<unknown, number>();
  for (const { user_id } of grants) counts.set(user_id, (counts.get(user_id) ?? 0) + 1);
  const most = Math.max(...counts.values());
  const grant = grants.find(({ user_id }) => counts.get(user_id) === most) ?? {};
  // A grant may be without a project, and no filter is empty.
  const pairs = FILTERS.flatMap((name) => (grant[name] ? [[name, String(grant[name])]] : []));
  return Object.fromEntries(pairs);
}

/** Moments to ask for what was not used since: at a use, and at and after the issue of a grant that was never used. */
export function momentsIn(grants: Grant[]): string[] {
  const datesOf = (some: Grant[], name: string) => some.map((grant) => String(grant[name])).toSorted();
  const [used = [], unused = []] = [true, false].map((isUsed) =>
    grants.filter((grant) => (grant.last_used_at !== undefined) === isUsed),
  );
  const uses = datesOf(used, 'last_used_at');
  const issues = datesOf(unused, 'granted_at');
  const middle = [uses, issues].flatMap((dates) => dates[Math.floor(dates.length / 2)] ?? []);
  const latest = issues.slice(-1).map((date) => new Date(Date.parse(date) + 1).toISOString());
  return [...new Set([...middle, ...latest])];
}
