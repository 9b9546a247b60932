import type { OAuthGrant } from '../generated/types.gen.ts';
import type { Call } from './call.ts';
import type { Filter } from './caller.ts';

type Query = Call<'listOAuthGrants'>['query'];

/** A list of grants: which, and in what order. */
export interface List extends Pick<Query, 'sort_by' | 'sort_order' | 'status' | 'unused_since'> {
  filter: Filter;
}

const STATUSES = ['active', 'expired', 'revoked'] as const;

/** Compares grants as a list sorts them: those without the field come last, whatever the direction. */
export function order({ sort_by, sort_order }: List): (one: OAuthGrant, other: OAuthGrant) => number {
  const direction = sort_order === 'asc' ? 1 : -1;
  return (one, other) => {
    const [left, right] = [keyOf(one, sort_by), keyOf(other, sort_by)];
    if (left === right) return one.grant_id < other.grant_id ? -1 : Number(one.grant_id > other.grant_id);
    if (left === undefined || right === undefined) return left === undefined ? 1 : -1;
    return left < right ? -direction : direction;
  };
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

/** The cursor of the page that begins after a grant. */
export function cursorOf(list: List, last: OAuthGrant): string {
  return encodeURIComponent(JSON.stringify([list, last.grant_id]));
}

/** The grant after which a page begins; undefined where the cursor is of another list, or none. */
export function positionAfter(cursor: string, list: List, grants: OAuthGrant[]): OAuthGrant | undefined {
  return grants.find((grant) => cursorOf(list, grant) === cursor);
}
