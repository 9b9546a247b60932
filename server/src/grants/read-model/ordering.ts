import type { mongo } from 'mongoose';
import { checked, equals, isOneOf } from '../../database/filters.ts';
import { GRANT_STATUSES, type GrantFilter, type GrantStatus, valuesGiven } from '../rows/grouping.ts';
import { checkedIdentity, type GrantIdentity } from '../rows/identity.ts';
import type { StoredGrant } from '../rows/store.ts';
import { nameKeys, type ShownFields } from './stored-grant.ts';

export const GRANT_SORT_FIELDS = [
  'granted_at',
  'client_name',
  'user_name',
  'resource',
  'last_used_at',
  'expires_at',
  'status',
] as const;
export type GrantSortField = (typeof GRANT_SORT_FIELDS)[number];

/** Which grants are meant, whatever their status. */
export interface Matching {
  filter: GrantFilter;
  /** Only those that were granted before this moment and not used since. */
  unused_since?: Date | undefined;
}

/** Which grants a list contains, and in which order. */
export interface GrantList extends Matching {
  status: GrantStatus | 'all';
  sort_by: GrantSortField;
  sort_order: 'asc' | 'desc';
}

type StoredFilter = mongo.Filter<StoredGrant>;
type SortKey = 'granted_at' | 'client_key' | 'user_key' | '_id.resource' | 'last_used_at' | 'expires_at';
type KeyValue = Date | string | null;

/** A part of a sorted list that one index returns in order. */
export interface Stretch {
  /** Which part of its list this is, or belongs to. */
  index: number;
  filter: StoredFilter;
  /**
   * What it is sorted by; undefined if all of it is one tie. Ties follow the six values, in the direction of the list.
   */
  key: SortKey | undefined;
  direction: 1 | -1;
  /** The index that returns it in order, for a list of a whole account; for others the planner chooses. */
  hint: Record<string, 1> | undefined;
}

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

/** Filter: the selected grants as they are stored, whatever their status. */
export function storedGrantsOf({ filter, unused_since }: Matching): StoredFilter {
  const values = valuesGiven(filter).map(([name, value]) => [`_id.${name}`, equals(value)]);
  return { ...Object.fromEntries(values), ...(unused_since && unusedSince(unused_since)) };
}

/** Null is not at or after any moment. */
function unusedSince(moment: Date): StoredFilter {
  return { granted_at: { $lt: moment }, last_used_at: { $not: { $gte: moment } } };
}

/** The parts of a list, in order. */
export function stretchesOf({ filter, unused_since, status, sort_by, sort_order }: GrantList): Stretch[] {
  const direction = sort_order === 'asc' ? 1 : -1;
  const statuses = status === 'all' ? GRANT_STATUSES : [status];
  const selected = storedGrantsOf({ filter, unused_since });
  // In the order of anything but the last use, the few that are unused may lie anywhere.
  const isAlongIndex = unused_since === undefined || sort_by === 'last_used_at';
  const isWholeAccount = valuesGiven(filter).length === 1 && isAlongIndex;
  const stretch = (index: number, part: StoredFilter, key: SortKey | undefined, by = key): Stretch => ({
    index,
    filter: { $and: [selected, part] },
    key,
    direction,
    hint: isWholeAccount
      ? { '_id.account_id': 1, status: 1, ...(by === undefined ? {} : { [by]: 1 }), _id: 1 }
      : undefined,
  });
  if (sort_by === 'status') {
    const ordered = direction === 1 ? statuses : statuses.toReversed();
    return ordered.map((one, index) => stretch(index, { status: equals(one) }, undefined));
  }
  const key = KEYS[sort_by];
  const any = { status: isOneOf(statuses) };
  const type = OPTIONAL[key];
  if (!type) return [stretch(0, any, key)];
  return [
    stretch(0, { ...any, [key]: { $type: type } }, key),
    stretch(1, { ...any, [key]: null }, undefined, key),
  ];
}

/** Where a page ended: the stretch, the key there, and the six values of the last grant. */
export interface Position {
  stretch: number;
  key: KeyValue;
  identity: GrantIdentity;
}

const DATES: ReadonlySet<SortKey> = new Set(['granted_at', 'last_used_at', 'expires_at']);

/** Whether a position fits a list: it names a stretch of the list, and its key has the type that stretch sorts by. */
export function isPositionIn(list: GrantList, { stretch: index, key: value }: Position): boolean {
  const stretch = stretchesOf(list)[index];
  if (!stretch) return false;
  if (stretch.key === undefined) return value === null;
  return DATES.has(stretch.key) ? value instanceof Date : typeof value === 'string';
}

/** What is left of a list after a position. */
export function stretchesAfter(
  list: GrantList,
  { stretch: index, key: position, identity }: Position,
): Stretch[] {
  const value = typeof position === 'string' ? checked(position) : position;
  const all = stretchesOf(list);
  const stretch = all[index];
  if (!stretch) return [];
  const { filter, key, direction } = stretch;
  const rest = all.slice(index + 1);
  const last = checkedIdentity(identity);
  const later = { _id: direction === 1 ? { $gt: last } : { $lt: last } };
  if (key === undefined) return [{ ...stretch, filter: { $and: [filter, later] } }, ...rest];
  const beyond = { [key]: direction === 1 ? { $gt: value } : { $lt: value } };
  return [
    { ...stretch, filter: { $and: [filter, { [key]: value }, later] }, key: undefined },
    { ...stretch, filter: { $and: [filter, beyond] } },
    ...rest,
  ];
}

/** The position of a grant in a list. */
export function positionOf(grant: ShownFields, stretch: Stretch, list: GrantList): Position {
  const key = list.sort_by === 'status' ? null : keyOf(grant, KEYS[list.sort_by]);
  return { stretch: stretch.index, key, identity: grant._id };
}

function keyOf(grant: ShownFields, key: SortKey): KeyValue {
  switch (key) {
    case '_id.resource':
      return grant._id.resource;
    case 'client_key':
    case 'user_key':
      return nameKeys(grant)[key];
    default:
      return grant[key];
  }
}
