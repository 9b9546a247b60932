import type { OAuthGrantListResponse } from '@grantkeeper/sdk';
import { useId } from 'react';
import { written } from '../shared/words.ts';
import { PageJump } from './page-jump.tsx';
import { PAGE_SIZES, type View } from './view.ts';

interface PagingProps {
  page: OAuthGrantListResponse;
  view: View;
  changeView(change: Partial<View>): void;
}

/** Where the page is among all, how long it is, and the way to others. */
export function Paging({ page: { grants, offset, limit, total_count }, view, changeView }: PagingProps) {
  const size = useId();
  const end = offset + grants.length;
  const isFirst = offset === 0;
  const isLast = end >= total_count;
  const pages = Math.max(1, Math.ceil(total_count / limit));
  const turn = (to: number) => changeView({ offset: to });
  return (
    <nav className="paging" aria-label="Pages of grants">
      <button
        type="button"
        className="button"
        // Not `disabled`: a button that was pressed keeps the focus.
        aria-disabled={isFirst}
        onClick={() => !isFirst && turn(Math.max(0, offset - limit))}
      >
        Previous
      </button>
      <PageJump
        page={Math.min(pages, Math.floor(offset / limit) + 1)}
        pages={pages}
        onJump={(number) => turn((number - 1) * limit)}
      />
      <button type="button" className="button" aria-disabled={isLast} onClick={() => !isLast && turn(end)}>
        Next
      </button>
      <p role="status">
        {/* Past the last there are none: the page is about to show the last. */}
        {grants.length > 0 ? `${written(offset + 1)} to ${written(end)}` : 'none'} of {written(total_count)}
      </p>
      <div className="size">
        <label htmlFor={size}>Grants per page</label>
        <select
          id={size}
          value={view.limit}
          onChange={({ currentTarget }) => {
            const longer = PAGE_SIZES.find((one) => `${one}` === currentTarget.value) ?? view.limit;
            // The page that has the first grant of this one.
            changeView({ limit: longer, offset: Math.floor(view.offset / longer) * longer });
          }}
        >
          {PAGE_SIZES.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      </div>
    </nav>
  );
}
