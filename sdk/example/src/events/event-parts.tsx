import type { OAuthGrantAuditEvent } from '@grantkeeper/sdk';
import { Fragment } from 'react';
import { usePerson } from '../shared/person.ts';
import { Id } from './id.tsx';
import type { Names } from './names.ts';
import { actorOf, selectionOf, shortened, whyOf } from './words.ts';

interface EventProps {
  event: OAuthGrantAuditEvent;
  names: Names;
}

/** Who did it: a person, else what did. */
export function Actor({ event, names }: EventProps) {
  const person = usePerson();
  const { user_id } = event.by;
  if (user_id === undefined) return <span title={event.by.client_id}>{actorOf(event, names)}</span>;
  return (
    <>
      <bdi title={user_id}>{names.user(user_id) ?? shortened(user_id)}</bdi>
      {user_id === person?.userId && ' (you)'}
    </>
  );
}

/** The client that a person did it with, if their token says so. */
export function Through({ event: { by }, names }: EventProps) {
  if (by.user_id === undefined || by.client_id === undefined) return null;
  return (
    <small>
      with <bdi title={by.client_id}>{names.client(by.client_id) ?? shortened(by.client_id)}</bdi>
    </small>
  );
}

/** What a bulk revocation by filter selected, in words. */
export function Selection({ event: { filter }, names }: EventProps) {
  if (!filter) return null;
  return selectionOf(filter, names).map(({ text, id }) => (
    <Fragment key={text}>
      <bdi title={id}>{text}</bdi>{' '}
    </Fragment>
  ));
}

/** Why it happened, and whether it was cut off. */
export function Why({ event }: Pick<EventProps, 'event'>) {
  return (
    <>
      {whyOf(event)}
      {event.interrupted && (
        <>
          {' '}
          <span className="interrupted">Finished after an interruption</span>
          <small>What is counted was revoked; what else was asked for may not be.</small>
        </>
      )}
    </>
  );
}

/** The operation that did it, and the request that asked for it. */
export function Request({ event: { operation, request_id } }: Pick<EventProps, 'event'>) {
  return (
    <>
      <code>{operation}</code>
      {request_id !== undefined && (
        <small>
          <Id of="request" id={request_id} />
        </small>
      )}
    </>
  );
}
