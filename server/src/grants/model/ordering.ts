import type { mongo } from 'mongoose';
import { GRANT_STATUSES } from '../grouping.ts';
import type { GrantIdentity } from '../identity.ts';
import type { GrantDocument } from './document.ts';

export const SORT_FIELDS = [
  'granted_at',
  'client_name',
  'user_name',
  'resource',
  'last_used_at',
  'expires_at',
  'status',
] as const;
export type GrantSortField = (typeof SORT_FIELDS)[number];

export interface Sorting {
  sort_by: GrantSortField;
  sort_order: 'asc' | 'desc';
}

export type GrantDocumentFilter = mongo.Filter<GrantDocument>;

/**
 * A stretch of a sorted list that one index gives in order. By `key` in a direction, ties by the six values; without a
 * key all of it is one tie.
 */
export interface Stretch {
  filter: GrantDocumentFilter;
  key?: SortKey;
  direction: 1 | -1;
}

export type SortKey = 'granted_at' | 'client_key' | 'user_key' | '_id.resource' | 'last_used_at' | 'expires_at';

const KEYS: Record<Exclude<GrantSortField, 'status'>, SortKey> = {
  granted_at: 'granted_at',
  client_name: 'client_key',
  user_name: 'user_key',
  resource: '_id.resource',
  last_used_at: 'last_used_at',
  expires_at: 'expires_at',
};

/** What a grant may lack; one that does comes last in both directions. */
const OPTIONAL: Partial<Record<SortKey, 'date' | 'string'>> = {
  user_key: 'string',
  last_used_at: 'date',
  expires_at: 'date',
};

/** The stretches that make a sorted list, one after the other. */
export function stretches({ sort_by, sort_order }: Sorting): Stretch[] {
  const direction = sort_order === 'asc' ? 1 : -1;
  if (sort_by === 'status') {
    const statuses = direction === 1 ? GRANT_STATUSES : GRANT_STATUSES.toReversed();
    return statuses.map((status) => ({ filter: { status }, direction }));
  }
  const key = KEYS[sort_by];
  const type = OPTIONAL[key];
  if (!type) return [{ filter: {}, key, direction }];
  return [
    { filter: { [key]: { $type: type } }, key, direction },
    { filter: { [key]: null }, direction },
  ];
}

/** Where a page ended: the stretch, the key there, and the six values of its last grant. */
export interface Position {
  stretch: number;
  key: Date | string | null;
  identity: GrantIdentity;
}

/** What is left of a list behind a position. */
export function stretchesAfter(sorting: Sorting, { stretch: index, key: value, identity }: Position): Stretch[] {
  const all = stretches(sorting);
  const stretch = all[index];
  if (!stretch) return [];
  const { filter, key, direction } = stretch;
  const later = { _id: { $gt: identity } };
  if (!key) return [{ filter: { $and: [filter, later] }, direction }, ...all.slice(index + 1)];
  const beyond = { [key]: direction === 1 ? { $gt: value } : { $lt: value } };
  return [
    { filter: { $and: [{ [key]: value }, later] }, direction },
    { filter: { $and: [filter, beyond] }, key, direction },
    ...all.slice(index + 1),
  ];
}

/** The value of a document that a stretch sorts by. */
export function keyOf(document: GrantDocument, key: SortKey): Date | string | null {
  return key === '_id.resource' ? document._id.resource : document[key];
}
