import type { Grantkeeper, OAuthGrantAuditEvent } from '@grantkeeper/sdk';
import { useId, useState } from 'react';
import { type Names, useGrants } from '../events/names.ts';
import { count, written } from '../shared/words.ts';
import { GrantLink } from './grant-link.tsx';

interface EventGrantsProps {
  grantkeeper: Grantkeeper;
  event: OAuthGrantAuditEvent;
  names: Names;
  /** Shows the history of one grant. */
  onChoose(grantId: string): void;
}

/** The grants of an event: the one, or a button that opens a list of some. */
export function EventGrants({ grantkeeper, event, names, onChoose }: EventGrantsProps) {
  const [isOpen, setIsOpen] = useState(false);
  const list = useId();
  const { grants, grant_ids } = event;
  const [only] = grant_ids;
  if (!only) return null;
  if (grants === 1) return <GrantLink id={only} grant={names.grant(only)} onChoose={onChoose} />;
  return (
    <>
      <button
        type="button"
        className="link"
        aria-expanded={isOpen}
        aria-controls={list}
        onClick={() => setIsOpen(!isOpen)}
      >
        {isOpen ? 'Hide' : 'Show'} {count(grants, 'grant')}
      </button>
      <div id={list}>{isOpen && <Some {...{ grantkeeper, event, onChoose }} />}</div>
    </>
  );
}

/** Those that the event names, and how many more there are. */
function Some({ grantkeeper, event: { grants, grant_ids }, onChoose }: Omit<EventGrantsProps, 'names'>) {
  const known = useGrants(grantkeeper, grant_ids);
  const rest = grants - grant_ids.length;
  return (
    <ul className="event-grants">
      {grant_ids.map((id) => (
        <li key={id}>
          <GrantLink id={id} grant={known.get(id)} onChoose={onChoose} />
        </li>
      ))}
      {rest > 0 && <li>and {written(rest)} more</li>}
    </ul>
  );
}
