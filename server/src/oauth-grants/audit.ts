import { z } from 'zod';
import type { operations } from '../generated/oauth-grants.ts';
import { listAuditEvents } from '../grants/audit/list.ts';
import type { GrantModel } from '../grants/read-model/model.ts';
import { decodeGrantId } from '../grants/rows/identity.ts';
import type { OperationInput, OperationResult } from '../http/operations.ts';
import { isVisible, narrow, visibleGrants } from './access.ts';
import { badQuery } from './bad-query.ts';
import { hashOfList, readCursor, writeCursor } from './cursor.ts';
import { NOT_A_GRANT_ID } from './grant-ids.ts';
import { readMoment } from './moment.ts';
import { writeEvent } from './wire.ts';

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
  const [from, to] = [readMoment('query', 'from', query.from), readMoment('query', 'to', query.to)];
  const list = { filter, grant_id, action, from: query.from, to: query.to };
  const after = cursor === undefined ? undefined : decodeCursor(list, cursor);
  // The same as for a grant that nothing has happened to: it must not reveal that a grant exists.
  if (grant && !isVisible(visible, grant)) return { status: 200, body: { events: [] } };
  const asked = { visible, filter, grant, action, from, to, after, limit };
  const { events, end } = await listAuditEvents(model, asked);
  const next = end === undefined ? {} : { next_cursor: encodeCursor(list, end) };
  return { status: 200, body: { events: events.map(writeEvent), ...next } };
}

const NO_CURSOR =
  'is not a cursor of this list; send a next_cursor exactly as this API gave it, with the same filters';

const content = z.strictObject({ v: z.literal(1), list: z.string(), position: z.string() });

/** Where a page ended, and in which list. */
function encodeCursor(list: object, position: string): string {
  const written: z.infer<typeof content> = { v: 1, list: hashOfList(list), position };
  return writeCursor(written);
}

/** @throws Failure 400 for what is not a cursor of this list */
function decodeCursor(list: object, cursor: string): string {
  const read = content.safeParse(readCursor(cursor)).data;
  const isOurs = read && read.list === hashOfList(list) && encodeCursor(list, read.position) === cursor;
  if (!isOurs) throw badQuery('cursor', NO_CURSOR);
  return read.position;
}
