import { listOAuthGrantsOptions } from '@grantkeeper/sdk/react-query';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { KeptFocus } from '../shared/kept-focus.tsx';
import { Notice, useNotices } from '../shared/notice.tsx';
import type { PageContent } from '../shared/page.tsx';
import { ErrorState, Skeleton, StaleNote } from '../shared/states.tsx';
import { Filters } from './filters.tsx';
import { GrantsList } from './grants-list.tsx';
import { useLastPage } from './last-page.ts';
import { queryOf, useView } from './view.ts';

/** The grants that an admin may see: to filter, to sort, to page through and to revoke, one or many. */
export function GrantsPage({ grantkeeper }: PageContent) {
  const [view, changeView] = useView();
  const { last, heading, tell } = useNotices();
  const { data, error, isPlaceholderData, refetch } = useQuery({
    ...listOAuthGrantsOptions({ client: grantkeeper.client, query: queryOf(view) }),
    placeholderData: keepPreviousData,
  });
  useLastPage(isPlaceholderData ? undefined : data, view);

  return (
    <div className="wide">
      <h1 ref={heading} tabIndex={-1}>
        Grants
      </h1>
      <p className="lead">
        Who gave which app access to what, when it was last used, and whether it is still active.
      </p>
      <Filters grantkeeper={grantkeeper} view={view} error={error} onChange={changeView} />
      <Notice last={last} />
      {data ? (
        <KeptFocus>
          <StaleNote error={error} onRetry={() => void refetch()} />
          <GrantsList
            {...{ grantkeeper, page: data, view, changeView }}
            busy={isPlaceholderData}
            onDone={tell}
          />
        </KeptFocus>
      ) : error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <Skeleton lines={8} />
      )}
    </div>
  );
}
