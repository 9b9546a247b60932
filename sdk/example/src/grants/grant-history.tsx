import type { Grantkeeper, OAuthGrant, OAuthGrantAuditEvent } from '@grantkeeper/sdk';
import { Actor, Request, Selection, Through, Why } from '../events/event-parts.tsx';
import { LoadMore } from '../events/load-more.tsx';
import { type Names, useNames } from '../events/names.ts';
import { useEvents } from '../events/use-events.ts';
import { amountOf, whatOfOne } from '../events/words.ts';
import { asSamePerson } from '../shared/person.ts';
import { ErrorState, Skeleton, StaleNote } from '../shared/states.tsx';
import { When } from '../shared/time.tsx';

const PAGE_SIZE = 10;

interface GrantHistoryProps {
  grantkeeper: Grantkeeper;
  grant: OAuthGrant;
  /** The grants on the page, for the names in them. */
  known: OAuthGrant[];
}

/** What has happened to one grant, newest first, down to when it was granted. */
export function GrantHistory({ grantkeeper, grant, known }: GrantHistoryProps) {
  const { grant_id, granted_at } = grant;
  const events = useEvents(grantkeeper, { grant_id, limit: PAGE_SIZE });
  const { data, error, hasNextPage, isFetchNextPageError, refetch } = events;
  const shown = data?.pages.flatMap((page) => page.events) ?? [];
  const names = useNames(grantkeeper, shown, known);
  if (!data) {
    return error ? <ErrorState error={error} onRetry={() => void refetch()} /> : <Skeleton lines={1} />;
  }
  return (
    <>
      <StaleNote error={isFetchNextPageError ? null : error} onRetry={() => void refetch()} />
      <ol className="history">
        {shown.map((event) => (
          <Happened key={event.event_id} {...{ event, names }} />
        ))}
        {!hasNextPage && (
          <li>
            <When at={granted_at} />
            <div>
              <strong>Granted</strong> by <bdi>{names.user(grant.user_id) ?? grant.user_id}</bdi>
            </div>
          </li>
        )}
      </ol>
      <LoadMore events={events} />
      <a href={`../audit/${asSamePerson({ grant_id })}`}>Open in Audit</a>
    </>
  );
}

function Happened({ event, names }: { event: OAuthGrantAuditEvent; names: Names }) {
  const { at, filter } = event;
  return (
    <li>
      <When at={at} />
      <div>
        <strong>{whatOfOne(event)}</strong> by <Actor {...{ event, names }} />
        <Through {...{ event, names }} />
        {filter && (
          <small>
            <Selection {...{ event, names }} />
          </small>
        )}
        <small>{amountOf(event)}</small>
      </div>
      <div>
        <Why event={event} />
      </div>
      <div className="request">
        <Request event={event} />
      </div>
    </li>
  );
}
