import { explain } from '../shared/explain.ts';
import { SignInAgain } from '../shared/states.tsx';
import type { Events } from './use-events.ts';

/** The way to older events. Once it was used it stays, so that the focus does. */
export function LoadMore({ events }: { events: Events }) {
  const {
    data,
    error,
    hasNextPage,
    isPlaceholderData,
    isFetchingNextPage,
    isFetchNextPageError,
    fetchNextPage,
  } = events;
  if (!hasNextPage && (data?.pages.length ?? 0) < 2) return null;
  const isIdle = hasNextPage && !isFetchingNextPage && !isPlaceholderData;
  return (
    <div className="paging">
      {isFetchNextPageError && (
        <p className="problem" role="alert">
          {explain(error).title}. {explain(error).text} <SignInAgain error={error} />
        </p>
      )}
      <button
        type="button"
        className="button"
        aria-disabled={!isIdle}
        onClick={() => isIdle && void fetchNextPage()}
      >
        {isFetchingNextPage ? 'Loading…' : hasNextPage ? 'Load more' : 'No more events'}
      </button>
    </div>
  );
}
