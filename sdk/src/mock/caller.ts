import type { OAuthGrant, ProblemField } from '../generated/types.gen.ts';

/** Whose access token it is, whatever its text. */
export interface Caller {
  user_id: string;
  account_id: string;
  project_id: string;
  /** The client that the token was issued to. */
  client_id?: string;
  /** The widest permission of the token: it decides which grants the caller sees. */
  permission: Permission;
}

/** From the narrowest to the widest. */
const PERMISSIONS = ['account:member', 'project:admin', 'account:admin'] as const;
type Permission = (typeof PERMISSIONS)[number];

/** What lists of grants can be narrowed by, in the order that ids of grants have. */
export const FILTERS = ['client_id', 'user_id', 'account_id', 'project_id', 'resource'] as const;
export type Filter = { [Name in (typeof FILTERS)[number]]?: string | undefined };

/** How wide a caller's permission is: the higher, the more they may do. */
export function rankOf({ permission }: Caller): number {
  return PERMISSIONS.indexOf(permission);
}

/** Which grants a caller sees. */
export function visibleTo({ permission, account_id, project_id, user_id }: Caller): Filter {
  if (permission === 'account:admin') return { account_id };
  return permission === 'project:admin' ? { account_id, project_id } : { account_id, user_id };
}

export function matches(grant: Filter, filter: Filter): boolean {
  return FILTERS.every((name) => filter[name] === undefined || filter[name] === grant[name]);
}

/** Whether a grant has not been used since a moment, such as 2026-05-01T00:00:00.000Z; true where no moment is given. */
export function isUnusedSince({ granted_at, last_used_at }: OAuthGrant, moment: string | undefined): boolean {
  if (moment === undefined) return true;
  const since = Date.parse(moment);
  return Date.parse(granted_at) < since && !(last_used_at && Date.parse(last_used_at) >= since);
}

/** What is wrong with filters that ask outside of what the caller sees; undefined where nothing is. */
export function outside(
  caller: Caller,
  filters: Filter,
  place: 'body' | 'query',
): { detail: string; errors: ProblemField[] } | undefined {
  const visible = visibleTo(caller);
  const name = FILTERS.find(
    (one) => filters[one] !== undefined && visible[one] !== undefined && filters[one] !== visible[one],
  );
  if (!name) return undefined;
  const field = place === 'body' ? `/${name}` : name;
  return {
    detail: `This access token may only ask for its own ${name}.`,
    errors: [{ in: place, field, detail: "is outside of the token's permission" }],
  };
}
