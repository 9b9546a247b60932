import type { OAuthGrant } from '../generated/types.gen.ts';
import type { Call } from './call.ts';
import type { Filter } from './caller.ts';
import type { Position } from './cursors.ts';

type Query = Call<'listOAuthGrants'>['query'];

/** A list of grants: which, and in what order. */
export interface List extends Pick<Query, 'sort_by' | 'sort_order' | 'status' | 'unused_since'> {
  filter: Filter;
}

const STATUSES = ['active', 'expired', 'revoked'] as const;

/** Compares positions as a list sorts them: those without the field come last, whatever the direction. */
export function comparing({ sort_order }: Pick<List, 'sort_order'>) {
  const direction = sort_order === 'asc' ? 1 : -1;
  return (one: Position, other: Position): number => {
    const [left, right] = [one.key, other.key];
    if (left === right) return one.id < other.id ? -1 : Number(one.id > other.id);
    if (left === undefined || right === undefined) return left === undefined ? 1 : -1;
    return left < right ? -direction : direction;
  };
}

/** Compares grants as a list sorts them. */
export function order(list: Pick<List, 'sort_by' | 'sort_order'>) {
  const compare = comparing(list);
  return (one: OAuthGrant, other: OAuthGrant) => compare(positionOf(list, one), positionOf(list, other));
}

export function positionOf({ sort_by }: Pick<List, 'sort_by'>, grant: OAuthGrant): Position {
  return { key: keyOf(grant, sort_by), id: grant.grant_id };
}

function keyOf(grant: OAuthGrant, field: List['sort_by']): string | undefined {
  if (field === 'status') return String(STATUSES.indexOf(grant.status));
  const value = grant[field];
  return field.endsWith('_name') && value ? nameKey(value) : value;
}

/** A name as it is compared: neither case nor accents count. */
export function nameKey(name: string): string {
  return name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}
