import { createHash } from 'node:crypto';
import { z } from 'zod';
import { parseBounded } from '../bounded-json.ts';
import type { components, operations } from '../generated/oauth-grants.ts';
import { type ListedEvent, listAuditEvents } from '../grants/audit/list.ts';
import type { GrantModel } from '../grants/read-model/model.ts';
import { decodeGrantId, encodeGrantId } from '../grants/rows/identity.ts';
import { Failure } from '../http/failure.ts';
import type { OperationInput, OperationResult } from '../http/operations.ts';
import { isVisible, narrow, visibleGrants } from './access.ts';

type ListEvents = operations['listOAuthGrantAuditEvents'];

/** Serves the audit trail; see the operation in the document. */
export async function listEvents(
  model: GrantModel,
  { query, principal }: OperationInput<ListEvents>,
): Promise<OperationResult<ListEvents>> {
  const { grant_id, user_id, client_id, action, limit, cursor } = query;
  const visible = visibleGrants(principal);
  const filter = narrow(visible, { user_id, client_id }, 'query');
  const grant = grant_id === undefined ? undefined : decodeGrantId(grant_id);
  if (grant_id !== undefined && !grant) throw badQuery('grant_id', NOT_A_GRANT_ID);
  const [from, to] = [readMoment('from', query.from), readMoment('to', query.to)];
  const list = { filter, grant_id, action, from: query.from, to: query.to };
  const after = cursor === undefined ? undefined : decodeCursor(list, cursor);
  // The same as for a grant that nothing has happened to: it must not reveal that a grant exists.
  if (grant && !isVisible(visible, grant)) return { status: 200, body: { events: [] } };
  const asked = { visible, filter, grant, action, from, to, after, limit };
  const { events, end } = await listAuditEvents(model, asked);
  const next = end === undefined ? {} : { next_cursor: encodeCursor(list, end) };
  return { status: 200, body: { events: events.map(writeEvent), ...next } };
}

function writeEvent(event: ListedEvent): components['schemas']['OAuthGrantAuditEvent'] {
  const { by, request_id, filter, status, deleted_tokens, interrupted } = event;
  return {
    event_id: event._id,
    at: event.at.toISOString(),
    action: event.action,
    reason: event.reason,
    operation: event.operation,
    by: { ...given('user_id', by?.user_id), ...given('client_id', by?.client_id) },
    ...given('request_id', request_id),
    ...given('filter', filter && status ? { ...filter, status } : undefined),
    include_consent: event.include_consent,
    grants: event.grants,
    revoked_tokens: event.revoked_tokens,
    revoked_consents: event.revoked_consents,
    ...(event.action === 'purge' ? given('deleted_tokens', deleted_tokens) : {}),
    grant_ids: event.sample.map(encodeGrantId),
    ...(interrupted === true ? { interrupted } : {}),
  };
}

/** @throws Failure 400 for a moment that the format allows and the calendar does not: 23:59:60 */
function readMoment(name: 'from' | 'to', moment: string | undefined): Date | undefined {
  if (moment === undefined) return undefined;
  const date = new Date(moment);
  if (Number.isNaN(date.getTime())) throw badQuery(name, 'is not a moment in the calendar');
  return date;
}

/** A field, unless it has no value. */
function given<Name extends string, Value>(
  name: Name,
  value: Value | null | undefined,
): { [Key in Name]?: Value } {
  return value === null || value === undefined ? {} : ({ [name]: value } as { [Key in Name]: Value });
}

const NOT_A_GRANT_ID = 'is not a grant id; send one exactly as this API gave it';
const NO_CURSOR =
  'is not a cursor of this list; send a next_cursor exactly as this API gave it, with the same filters';

function badQuery(field: string, detail: string): Failure {
  return new Failure('invalid-request', `${field} ${detail}.`, { fields: [{ in: 'query', field, detail }] });
}

const content = z.strictObject({ v: z.literal(1), list: z.string(), position: z.string() });

/** Where a page ended, and in which list: base64url of JSON. */
function encodeCursor(list: object, position: string): string {
  const written: z.infer<typeof content> = { v: 1, list: bindingOf(list), position };
  return Buffer.from(JSON.stringify(written)).toString('base64url');
}

/** @throws Failure 400 for what is not a cursor of this list */
function decodeCursor(list: object, cursor: string): string {
  const read = content.safeParse(parseBounded(Buffer.from(cursor, 'base64url'))).data;
  const isOurs = read && read.list === bindingOf(list) && encodeCursor(list, read.position) === cursor;
  if (!isOurs) throw badQuery('cursor', NO_CURSOR);
  return read.position;
}

/** A short hash of which events a list contains. */
function bindingOf(list: object): string {
  return createHash('sha256').update(JSON.stringify(list)).digest('base64url').slice(0, 16);
}
