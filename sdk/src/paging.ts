import type { ListOAuthGrantsData, OAuthGrantListResponse } from './generated/types.gen.ts';

/** Filters, sorting and the page of a list of grants. */
export type GrantsQuery = NonNullable<ListOAuthGrantsData['query']>;

/** What a query has to say to get another page than the first: where it begins. */
export interface PageParam {
  query: Pick<GrantsQuery, 'offset'> & { cursor?: string };
}

/** What got a page; the options for infinite queries allow for more than a PageParam. */
type Asked = number | string | { query?: object | undefined };

/** A page of a server that may know cursors. */
type Page = OAuthGrantListResponse & { next_cursor?: string | null };

/**
 * What gets the page after this one: by the cursor that the page names, else by offset.
 *
 * It is the `getNextPageParam` for `useInfiniteQuery`, beside `initialPageParam: {}`.
 *
 * @param page the answer
 * @param _pages is not looked at
 * @param asked what got this page
 * @returns undefined where this page is the last
 */
export function nextGrantsPage(page: Page, _pages: unknown, asked: Asked): PageParam | undefined {
  const { grants, next_cursor, offset, total_count } = page;
  if (next_cursor) return { query: { cursor: next_cursor } };
  // The last page that a cursor got names none, and its offset is not where it begins.
  const by = typeof asked === 'object' ? asked.query : undefined;
  const byCursor = by !== undefined && 'cursor' in by && by.cursor !== undefined;
  const next = offset + grants.length;
  return byCursor || grants.length === 0 || next >= total_count ? undefined : { query: { offset: next } };
}
