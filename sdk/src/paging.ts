import type { ListOAuthGrantsData, OAuthGrantListResponse } from './generated/types.gen.ts';

/** Filters, sorting and the page of a list of grants. */
export type GrantsQuery = NonNullable<ListOAuthGrantsData['query']>;

/** What a query has to say to get another page than the first: where it begins. */
export interface PageParam {
  query: Pick<GrantsQuery, 'offset' | 'cursor'>;
}

/**
 * What gets the first page with the cursor of the next: without it no page has one. `offset` beside it says where to
 * begin.
 *
 * It is the `initialPageParam` for `useInfiniteQuery`.
 */
export const firstGrantsPage: PageParam = { query: { cursor: 'first' } };

/**
 * What gets the page after this one: the cursor that the page names.
 *
 * It is the `getNextPageParam` for `useInfiniteQuery`, beside `initialPageParam: firstGrantsPage`.
 *
 * @param page the answer to a request with a cursor
 * @returns undefined where this page is the last
 */
export function nextGrantsPage({ next_cursor }: OAuthGrantListResponse): PageParam | undefined {
  return next_cursor === undefined ? undefined : { query: { offset: undefined, cursor: next_cursor } };
}
