import type { Grantkeeper, OAuthGrantAuditEvent } from '@grantkeeper/sdk';
import { Actor, Request, Selection, Through, Why } from '../events/event-parts.tsx';
import type { Names } from '../events/names.ts';
import { amountOf, whatOf } from '../events/words.ts';
import { When } from '../shared/time.tsx';
import { EventGrants } from './event-grants.tsx';

interface EventRowProps {
  grantkeeper: Grantkeeper;
  event: OAuthGrantAuditEvent;
  names: Names;
  /** Shows the history of one grant. */
  onChoose(grantId: string): void;
}

/** One event: who did what, when, to which grants, why, and by which request. */
export function EventRow({ grantkeeper, event, names, onChoose }: EventRowProps) {
  return (
    <tr>
      <th scope="row" className="what">
        {whatOf(event)}
        <small>{amountOf(event)}</small>
      </th>
      <td className="time">
        <When at={event.at} />
      </td>
      <td className="by">
        <Actor {...{ event, names }} />
        <Through {...{ event, names }} />
      </td>
      <td>
        {event.filter && (
          <p>
            <Selection {...{ event, names }} />
          </p>
        )}
        <EventGrants {...{ grantkeeper, event, names, onChoose }} />
      </td>
      <td>
        <Why event={event} />
      </td>
      <td className="request">
        <Request event={event} />
      </td>
    </tr>
  );
}
