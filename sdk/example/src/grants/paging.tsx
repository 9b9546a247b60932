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
  const lastPage = Math.floor((total_count - 1) / limit) * limit;
  return (
    <nav className="paging" aria-label="Pages of grants">
      <button
        type="button"
        className="button"
        disabled={offset === 0}
        onClick={() => onTurn(isPast ? lastPage : Math.max(0, offset - limit))}
      >
        Previous
      </button>
      <p role="status">
        {isPast ? 'Past the last of' : `${offset + 1} to ${end} of`} {total_count}
      </p>
      <button type="button" className="button" disabled={end >= total_count} onClick={() => onTurn(end)}>
        Next
      </button>
    </nav>
  );
}
