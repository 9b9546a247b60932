/** Which page of a list, counted from 1, and how many a page has. Where neither is named, all of the list. */
export interface PageQuery {
  page?: number;
  page_size?: number;
}

/** What is on a page, and how many there are on all of them; without a total, everything. */
export interface Found<Item> {
  items: Item[];
  total?: number;
}

const DEFAULT_PAGE_SIZE = 20;

/** How many of a list come before a page, and how many are on it; undefined where the whole list is asked for. */
export function stretchOf({ page, page_size }: PageQuery): { skip: number; limit: number } | undefined {
  if (page === undefined && page_size === undefined) return undefined;
  const limit = page_size ?? DEFAULT_PAGE_SIZE;
  return { skip: ((page ?? 1) - 1) * limit, limit };
}

/** The answer with a list, and for a page the headers that Logto sends with one. */
export function answerOf<Item>(query: PageQuery, { items, total }: Found<Item>) {
  const stretch = stretchOf(query);
  const ok = { status: 200, body: items } as const;
  if (!stretch || total === undefined) return ok;
  const { page = 1 } = query;
  const last = Math.max(1, Math.ceil(total / stretch.limit));
  const pages = {
    first: 1,
    last,
    ...(page > 1 && { prev: page - 1 }),
    ...(page < last && { next: page + 1 }),
  };
  // Relative to the address that was asked for, because a proxy may have stripped a prefix of it.
  const links = Object.entries(pages).map(([rel, number]) => {
    const parameters = new URLSearchParams();
    for (const [name, value] of Object.entries({ ...query, page: number, page_size: stretch.limit })) {
      parameters.set(name, `${value}`);
    }
    return `<?${parameters}>; rel="${rel}"`;
  });
  return { ...ok, headers: { 'Total-Number': `${total}`, Link: links.join(', ') } };
}
