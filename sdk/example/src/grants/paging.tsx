import type { OAuthGrantListResponse } from '@grantkeeper/sdk';

interface PagingProps {
  page: OAuthGrantListResponse;
  /** Asks for the page that begins with this grant. */
  onTurn(offset: number): void;
}

/** Where the page is among all, and the way to those beside it. */
export function Paging({ page: { grants, offset, limit, total_count }, onTurn }: PagingProps) {
  const end = offset + grants.length;
  const isPast = grants.length === 0;
  const isFirst = offset === 0;
  const isLast = end >= total_count;
  const lastPage = Math.floor((total_count - 1) / limit) * limit;
  return (
    <nav className="paging" aria-label="Pages of grants">
      <button
        type="button"
        className="button"
        // Not `disabled`: a button that was pressed keeps the focus.
        aria-disabled={isFirst}
        onClick={() => !isFirst && onTurn(isPast ? lastPage : Math.max(0, offset - limit))}
      >
        Previous
      </button>
      <p role="status">
        {isPast ? 'Past the last of' : `${offset + 1} to ${end} of`} {total_count}
      </p>
      <button type="button" className="button" aria-disabled={isLast} onClick={() => !isLast && onTurn(end)}>
        Next
      </button>
    </nav>
  );
}
