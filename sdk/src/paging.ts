import type { ListOAuthGrantsData, OAuthGrantListResponse } from './generated/types.gen.ts';

/** Filters, sorting and the page of a list of grants. */
export type GrantsQuery = NonNullable<ListOAuthGrantsData['query']>;

/** What a query has to say to get a page: where it begins. */
export interface PageParam {
  query?: { cursor: string } | { offset: number };
}

/** A page of a server that may know cursors. */
type Page = OAuthGrantListResponse & { next_cursor?: string | null };

/**
 * What gets the page after this one. By the cursor that the page names, else by offset.
 *
 * It is the `getNextPageParam` for `useInfiniteQuery`, beside `initialPageParam: {}`.
 *
 * @param asked what got this page
 * @returns undefined where this page is the last
 */
export function nextGrantsPage(
  page: Page,
  _pages: unknown,
  asked: PageParam | number,
): PageParam | undefined {
  const { grants, next_cursor, offset, total_count } = page;
  if (next_cursor) return { query: { cursor: next_cursor } };
  const byCursor = typeof asked === 'object' && asked.query !== undefined && 'cursor' in asked.query;
  const next = offset + grants.length;
  return byCursor || grants.length === 0 || next >= total_count ? undefined : { query: { offset: next } };
}
