import { isDeepStrictEqual } from 'node:util';
import type { Case } from '../case.ts';
import type { Answer, Client } from '../client.ts';
import { isObject } from '../exchange.ts';
import type { Check } from './check.ts';
import { MAX_PAGES } from './grant-pages.ts';
import { repeated } from './lists.ts';
import { isNameAfter, isTextAfter } from './order.ts';

type Item = Record<string, unknown>;
type Query = Record<string, string | number | boolean>;

const RESOURCES = 'listResources';
const LISTS: { operationId: string; query: Query }[] = [
  { operationId: 'listOrganizationScopes', query: {} },
  { operationId: RESOURCES, query: {} },
  { operationId: RESOURCES, query: { includeScopes: true } },
];

/** Rules of User consent scopes about the lists of what there is to assign. */
export const SCOPE_PAGE_CHECKS: Check[] = [
  ...LISTS.map(
    ({ operationId, query }): Check => ({
      document: 'user-consent-scopes',
      name: `the pages of ${[operationId, ...Object.keys(query)].join(' with ')} have everything once, by their links`,
      async run(test, { client, known }) {
        const whole = await client.call(test, operationId, { query });
        known.learn(whole.body);
        const items = itemsOf(whole.body);
        const ids = items.map(({ id }) => String(id));
        if (repeated(ids).length > 0) client.differs(test, whole, 'an id that is listed twice');
        if (ids.some((id, index) => isTextAfter(ids[index - 1] ?? id, id)))
          client.differs(test, whole, 'a list that is not sorted by id');
        if (['link', 'total-number'].some((name) => whole.headers.has(name)))
          client.differs(test, whole, 'headers of a page where none was asked for');
        // Some divide the total and some do not.
        const sizes = [1, 2, 3, items.length - 1, items.length, items.length + 1];
        for (const page_size of new Set(sizes.filter((size) => size > 0 && size <= 100))) {
          await readPages(test, client, { operationId, query: { ...query, page_size }, items });
        }
        await expectPage(test, client, { operationId, query: { ...query, page: 2 }, items });
      },
    }),
  ),
  {
    document: 'user-consent-scopes',
    name: 'resources have their scopes where these are asked for, sorted by name',
    async run(test, { client }) {
      const plain = await client.call(test, RESOURCES);
      const without = await client.call(test, RESOURCES, { query: { includeScopes: false } });
      const withScopes = await client.call(test, RESOURCES, { query: { includeScopes: true } });
      if (itemsOf(plain.body).some((resource) => 'scopes' in resource))
        client.differs(test, plain, 'scopes that nobody asked for');
      if (!isDeepStrictEqual(plain.body, without.body))
        client.differs(test, without, 'another list with includeScopes=false than without');
      const resources = itemsOf(withScopes.body);
      const alike = resources.map(({ scopes: _, ...resource }) => resource);
      if (!isDeepStrictEqual(alike, plain.body))
        client.differs(test, withScopes, 'other resources than without their scopes');
      for (const { id, scopes } of resources) {
        if (itemsOf(scopes).some(({ resourceId }) => resourceId !== id))
          client.differs(test, withScopes, 'a scope of another resource');
        if (!isSortedByName(itemsOf(scopes)))
          client.differs(test, withScopes, 'scopes that are not sorted by name');
      }
    },
  },
];

/** Whether a list is sorted by name, then by id, as far as that is certain. */
export function isSortedByName(items: Item[]): boolean {
  return items.every(({ name, id }, index) => {
    const before = items[index - 1];
    if (!before) return true;
    if (name === before.name) return !isTextAfter(String(before.id), String(id));
    return !isNameAfter(String(before.name), String(name));
  });
}

/** The objects of an answer that is a list. */
export function itemsOf(body: unknown): Item[] {
  return Array.isArray(body) ? body.filter(isObject) : [];
}

/** A list, and how it is asked for. */
interface Asked {
  operationId: string;
  query: Query;
  /** All that there is. */
  items: Item[];
}

/** Follows the links from the first page to the last. */
async function readPages(test: Case, client: Client, { operationId, query, items }: Asked): Promise<void> {
  let next: Query | undefined = query;
  for (let pages = 0; next !== undefined && pages < MAX_PAGES; pages += 1) {
    next = await expectPage(test, client, { operationId, query: next, items });
  }
  // Past the last page there is nothing, and still the way back.
  const size = Number(query.page_size);
  const page = Math.max(1, Math.ceil(items.length / size)) + 1;
  await expectPage(test, client, { operationId, query: { ...query, page }, items });
}

/** Compares a page and its links with the whole list; returns what asks for the next one. */
async function expectPage(
  test: Case,
  client: Client,
  { operationId, query, items }: Asked,
): Promise<Query | undefined> {
  const page = Number(query.page ?? 1);
  const size = Number(query.page_size ?? 20);
  const last = Math.max(1, Math.ceil(items.length / size));
  const answer = await client.call(test, operationId, { query });
  if (!isDeepStrictEqual(itemsOf(answer.body), items.slice((page - 1) * size, page * size)))
    client.differs(test, answer, `another page ${page} than the whole list has there`);
  if (answer.headers.get('total-number') !== String(items.length))
    client.differs(test, answer, 'another Total-Number than the list has');
  const links = linksOf(answer);
  const expected = new Map([
    ['first', 1],
    ['last', last],
    ...(page > 1 && page <= last ? [['prev', page - 1] as const] : []),
    ...(page < last ? [['next', page + 1] as const] : []),
  ]);
  for (const rel of ['first', 'last', 'prev', 'next']) {
    // Past the last page, the document does not say which one is before.
    if (rel === 'prev' && page > last) continue;
    const fault = linkFault(links.get(rel), { ...query, page_size: size }, expected.get(rel));
    if (fault !== undefined) client.differs(test, answer, `${fault}: rel="${rel}"`);
  }
  return links.get('next');
}

function linkFault(link: Query | undefined, query: Query, page: number | undefined): string | undefined {
  if (page === undefined) return link && 'a link to a page that there is not';
  if (!link) return 'no link';
  if (link.page !== String(page)) return 'a link to another page';
  const isKept = Object.entries(query).every(
    ([name, value]) => name === 'page' || link[name] === String(value),
  );
  return isKept ? undefined : 'a link that loses a parameter';
}

/** The queries of the links in an answer, by their rel. */
function linksOf({ headers }: Answer): Map<string, Query> {
  const links = [...(headers.get('link') ?? '').matchAll(/<[^>]*?\?([^>]*)>\s*;\s*rel="?(\w+)"?/g)];
  return new Map(links.map(([, search, rel = '']) => [rel, Object.fromEntries(new URLSearchParams(search))]));
}
