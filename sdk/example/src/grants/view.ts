import type { GrantsQuery, RevokeMany } from '@grantkeeper/sdk';
import { oneOf, searchWith, useAddress } from '../shared/address.ts';
import { readUnused, type Unused, unusedSince } from './unused.ts';

export const STATUSES = ['active', 'expired', 'revoked', 'all'] as const;
export const SORTS = [
  'client_name',
  'user_name',
  'resource',
  'status',
  'granted_at',
  'last_used_at',
  'expires_at',
] as const;
export const FILTERS = ['client_id', 'user_id', 'project_id', 'resource'] as const;
export const PAGE_SIZES = [25, 50, 100, 250] as const;

export type Filter = (typeof FILTERS)[number];
export type Sort = (typeof SORTS)[number];

/** The filters, the sorting, the page and its size. A filter that is not set is not there. */
export type View = Partial<Record<Filter, string>> & {
  unused?: Unused | undefined;
  status: (typeof STATUSES)[number];
  sort_by: Sort;
  sort_order: 'asc' | 'desc';
  limit: (typeof PAGE_SIZES)[number];
  offset: number;
};

const FIRST_VIEW: View = {
  status: 'active',
  sort_by: 'granted_at',
  sort_order: 'desc',
  limit: 25,
  offset: 0,
};

/** What an address asks for. What it says wrongly is as if it did not. */
export function readView(search: string): View {
  const params = new URLSearchParams(search);
  const filters = FILTERS.flatMap((name) => {
    const value = params.get(name)?.trim();
    return value ? [[name, value]] : [];
  });
  const offset = Number(params.get('offset'));
  const unused = readUnused(params.get('unused'));
  const limit = PAGE_SIZES.find((size) => `${size}` === params.get('limit'));
  return {
    ...Object.fromEntries(filters),
    ...(unused && { unused }),
    status: oneOf(STATUSES, params.get('status')) ?? FIRST_VIEW.status,
    sort_by: oneOf(SORTS, params.get('sort_by')) ?? FIRST_VIEW.sort_by,
    sort_order: params.get('sort_order') === 'asc' ? 'asc' : FIRST_VIEW.sort_order,
    limit: limit ?? FIRST_VIEW.limit,
    offset: Number.isSafeInteger(offset) && offset > 0 ? offset : FIRST_VIEW.offset,
  };
}

/** The address that asks for a view; what goes without saying is left out, what else is in the address stays. */
export function addressOf(view: View, search = location.search): string {
  const names = [...FILTERS, 'unused', 'status', 'sort_by', 'sort_order', 'limit', 'offset'] as const;
  const said = names.map((name) => [name, view[name] === FIRST_VIEW[name] ? '' : `${view[name] ?? ''}`]);
  return searchWith(Object.fromEntries(said), search);
}

/** The query that gets a view. */
export function queryOf({ unused, ...view }: View): GrantsQuery {
  const narrowed = unused && { unused_since: unusedSince(unused) };
  return { ...view, ...narrowed, include_suspension: true, include_project_name: true };
}

/**
 * What revokes all that a view's filters match; undefined where they are none, so that nobody revokes everything.
 *
 * @param account_id the account that is shown: the API wants it named where nothing but the last use narrows the list
 */
export function matching(view: View, account_id?: string): RevokeMany | undefined {
  const { status, client_id, user_id, project_id, resource, unused } = view;
  const narrowed = unused && { unused_since: unusedSince(unused) };
  const filters = { status, client_id, user_id, project_id, resource, ...narrowed };
  if (client_id) return { ...filters, client_id };
  if (user_id) return { ...filters, user_id };
  if (project_id) return { ...filters, project_id };
  if (resource) return { ...filters, resource };
  if (narrowed && account_id) return { ...filters, account_id };
  return undefined;
}

/** The URI of a resource as the table shows it, such as `mcp.example.com`. A text with a scheme stays as it is. */
export function uriOf(text: string): string {
  const isHost = /^[\w-]+(\.[\w-]+)+(:\d+)?(\/|$)/.test(text);
  return isHost && URL.canParse(`https://${text}`) ? new URL(`https://${text}`).href : text;
}

/** The view that the address asks for, and a way to another: a change of anything else begins at the first page. */
export function useView(): [view: View, change: (change: Partial<View>) => void] {
  const [view, go] = useAddress(readView);
  return [view, (change) => go(addressOf({ ...view, offset: 0, ...change }))];
}
