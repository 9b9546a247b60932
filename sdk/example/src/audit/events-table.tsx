import type { Grantkeeper, OAuthGrantAuditEvent } from '@grantkeeper/sdk';
import type { Names } from '../events/names.ts';
import { EmptyState } from '../shared/states.tsx';
import { count } from '../shared/words.ts';
import { DownloadEvents } from './download.tsx';
import { EventRow } from './event-row.tsx';
import type { View } from './view.ts';

interface EventsTableProps {
  grantkeeper: Grantkeeper;
  events: OAuthGrantAuditEvent[];
  names: Names;
  view: View;
  changeView(change: Partial<View>): void;
  /** There are older ones, which are not loaded yet. */
  hasMore: boolean;
  /** These are not yet those of the view, which are on their way. */
  busy: boolean;
}

const COLUMNS = ['What', 'When', 'Who', 'Grants', 'Why', 'Request'];

/** The events that are loaded, as a table. */
export function EventsTable(props: EventsTableProps) {
  const { grantkeeper, events, names, view, changeView, hasMore, busy } = props;
  if (events.length === 0) {
    return (
      <EmptyState title="No events">
        <p>
          You can see no event
          {Object.values(view).some(Boolean) ? ' that matches. Try other filters.' : '.'}
        </p>
      </EmptyState>
    );
  }
  return (
    <>
      <div className="toolbar">
        <p role="status">
          {hasMore ? `The ${count(events.length, 'newest event')}` : count(events.length, 'event')}
        </p>
        <DownloadEvents {...{ grantkeeper, view }} />
      </div>
      <table aria-busy={busy}>
        <caption className="unseen">Audit events, newest first.</caption>
        <thead className="headers">
          <tr>
            {COLUMNS.map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {events.map((event) => (
            <EventRow
              key={event.event_id}
              {...{ grantkeeper, event, names }}
              onChoose={(grant_id) => changeView({ grant_id })}
            />
          ))}
        </tbody>
      </table>
    </>
  );
}
