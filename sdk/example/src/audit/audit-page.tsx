import { LoadMore } from '../events/load-more.tsx';
import { useNames } from '../events/names.ts';
import { useEvents } from '../events/use-events.ts';
import { KeptFocus } from '../shared/kept-focus.tsx';
import type { PageContent } from '../shared/page.tsx';
import { ErrorState, Skeleton, StaleNote } from '../shared/states.tsx';
import { EventsTable } from './events-table.tsx';
import { Filters } from './filters.tsx';
import { OnlyGrant } from './only-grant.tsx';
import { queryOf, useView } from './view.ts';

/** What took access away, newest first: who did it, when, to which grants, and why. */
export function AuditPage({ grantkeeper }: PageContent) {
  const [view, changeView] = useView();
  const events = useEvents(grantkeeper, queryOf(view));
  const { data, error, isPlaceholderData, isFetchNextPageError, refetch } = events;
  const shown = data?.pages.flatMap((page) => page.events) ?? [];
  const names = useNames(grantkeeper, shown);
  return (
    <div className="wide">
      <h1 tabIndex={-1}>Audit</h1>
      <p className="lead">Who took access away or gave it back, when, and why.</p>
      <Filters view={view} error={error} onChange={changeView} />
      {view.grant_id && <OnlyGrant id={view.grant_id} {...{ grantkeeper, changeView }} />}
      {data ? (
        <KeptFocus>
          <StaleNote error={isFetchNextPageError ? null : error} onRetry={() => void refetch()} />
          <EventsTable
            {...{ grantkeeper, view, changeView, names }}
            events={shown}
            busy={isPlaceholderData}
            hasMore={events.hasNextPage}
          />
          <LoadMore events={events} />
        </KeptFocus>
      ) : error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <Skeleton lines={8} />
      )}
    </div>
  );
}
