import type { Collections } from '../database/collections.ts';
import { READ_LIMIT_MS } from '../database/connect.ts';
import {
  GRANT_STATUSES,
  type Grant,
  type GrantFilter,
  type GrantStatus,
  groupIntoGrants,
  rowsOfGrant,
  rowsOfGrants,
} from './grouping.ts';
import { compareIdentities, compareText, type GrantIdentity } from './identity.ts';

export type GrantSortField =
  | 'granted_at'
  | 'client_name'
  | 'user_name'
  | 'resource'
  | 'last_used_at'
  | 'expires_at'
  | 'status';

export interface GrantListing {
  filter: GrantFilter;
  status: GrantStatus | 'all';
  sort_by: GrantSortField;
  sort_order: 'asc' | 'desc';
  limit: number;
  offset: number;
}

export interface GrantPage {
  grants: Grant[];
  total_count: number;
}

/** One page of the grants chosen, and how many there are in all, both from one pass over the rows. */
export async function listGrants(
  collections: Collections,
  listing: GrantListing,
  now: Date,
): Promise<GrantPage> {
  const { filter, status, limit, offset } = listing;
  const pipeline = groupIntoGrants(rowsOfGrants(filter), now, status);
  const cursor = collections.refreshTokens.aggregate<Grant>(pipeline, { maxTimeMS: READ_LIMIT_MS }).cursor();
  const { first, count } = await firstOf(cursor, offset + limit, grantOrder(listing));
  return { grants: first.slice(offset), total_count: count };
}

/** The grant with these six values, or undefined where no row has them. */
export async function findGrant(
  collections: Collections,
  identity: GrantIdentity,
  now: Date,
): Promise<Grant | undefined> {
  const pipeline = groupIntoGrants(rowsOfGrant(identity), now);
  const [grant] = await collections.refreshTokens.aggregate<Grant>(pipeline, { maxTimeMS: READ_LIMIT_MS });
  return grant;
}

/** The first `wanted` items of a stream in the order given, and the stream's length; holds twice `wanted` at most. */
async function firstOf<Item>(
  items: AsyncIterable<Item>,
  wanted: number,
  order: (a: Item, b: Item) => number,
) {
  let first: Item[] = [];
  let count = 0;
  for await (const item of items) {
    count += 1;
    first.push(item);
    if (first.length >= 2 * wanted) first = first.sort(order).slice(0, wanted);
  }
  return { first: first.sort(order).slice(0, wanted), count };
}

/** Names as a person sorts them: case and accents do not split the alphabet. */
const names = new Intl.Collator('en', { sensitivity: 'base' });

const ascending: Record<GrantSortField, (a: Grant, b: Grant) => number> = {
  granted_at: (a, b) => a.granted_at.getTime() - b.granted_at.getTime(),
  client_name: (a, b) => names.compare(a.client_name, b.client_name),
  user_name: (a, b) => names.compare(a.user_name ?? '', b.user_name ?? ''),
  resource: (a, b) => compareText(a.resource, b.resource),
  last_used_at: (a, b) => Number(a.last_used_at) - Number(b.last_used_at),
  expires_at: (a, b) => Number(a.expires_at) - Number(b.expires_at),
  status: (a, b) => GRANT_STATUSES.indexOf(a.status) - GRANT_STATUSES.indexOf(b.status),
};

/** A total order: absent values last whatever the direction, ties by the six values. */
function grantOrder({ sort_by, sort_order }: Pick<GrantListing, 'sort_by' | 'sort_order'>) {
  const direction = sort_order === 'asc' ? 1 : -1;
  return (a: Grant, b: Grant): number =>
    Number(a[sort_by] === null) - Number(b[sort_by] === null) ||
    direction * ascending[sort_by](a, b) ||
    compareIdentities(a, b);
}
