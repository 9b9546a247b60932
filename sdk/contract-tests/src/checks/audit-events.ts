import { isDeepStrictEqual } from 'node:util';
import type { Case } from '../case.ts';
import { type Answer, type Call, type Client, claimsIn, type ObjectAnswer } from '../client.ts';
import { isObject } from '../exchange.ts';
import { MAX_PAGES } from './grant-pages.ts';
import { objectsIn } from './lists.ts';

export const AUDIT = 'listOAuthGrantAuditEvents';
/** The most that a page may have. */
export const MAX_LIMIT = 200;

export type AuditEvent = Record<string, unknown>;

/** Reads audit events page by page; at most `MAX_PAGES` pages. The last one stands for them in what is said of them. */
export async function readEvents(
  test: Case,
  client: Client,
  { query = {}, token }: Pick<Call, 'query' | 'token'> = {},
): Promise<{ events: AuditEvent[]; isWhole: boolean; last: ObjectAnswer }> {
  const events: AuditEvent[] = [];
  let cursor: unknown;
  for (let pages = 1; ; pages += 1) {
    const last = await client.succeed(test, AUDIT, {
      query: { limit: MAX_LIMIT, ...query, ...(cursor === undefined ? {} : { cursor: String(cursor) }) },
      ...(token === undefined ? {} : { token }),
    });
    events.push(...objectsIn(last.body, 'events'));
    cursor = last.body.next_cursor;
    if (cursor === undefined || pages === MAX_PAGES) return { events, isWhole: cursor === undefined, last };
  }
}

/** The events that the request of an answer left, among the newest. */
async function eventsOf(
  test: Case,
  client: Client,
  { headers }: Answer,
  query: { grant_id?: string } = {},
): Promise<{ page: Answer; events: AuditEvent[] }> {
  const page = await client.succeed(test, AUDIT, { query: { limit: MAX_LIMIT, ...query } });
  const request_id = headers.get('x-request-id');
  return { page, events: objectsIn(page.body, 'events').filter((event) => event.request_id === request_id) };
}

/** What is known of the event of a change. */
interface Expected {
  action: string;
  /** The grant, if it was one that was changed: only events of it are looked at. */
  grant_id?: string;
  /** Whose token the request had; the admin's by default. */
  token?: string | undefined;
  /** Other fields, and their values. */
  fields?: AuditEvent;
}

/**
 * Notes a difference unless a change left just one event, which says what was done, and by which request.
 *
 * @param answer the answer of the request that changed something
 * @returns the event; undefined if there is not just one
 */
export async function expectEvent(
  test: Case,
  client: Client,
  answer: Answer,
  expected: Expected,
): Promise<AuditEvent | undefined> {
  const { action, grant_id, token = client.tokenOf('oauth-grants'), fields = {} } = expected;
  const { page, events } = await eventsOf(test, client, answer, grant_id === undefined ? {} : { grant_id });
  const [event] = events;
  if (event === undefined || events.length > 1) {
    client.differs(test, page, `${events.length} events with the X-Request-Id of a ${action}`);
    return undefined;
  }
  if (event.action !== action || event.operation !== answer.operationId)
    client.differs(test, page, `a ${action} whose event says ${event.action} by ${event.operation}`);
  const { by, revoked_tokens, revoked_consents } = event;
  const asker = claimsIn(token)?.sub;
  if (asker !== undefined && (!isObject(by) || by.user_id !== asker))
    client.differs(test, page, `an event of a ${action} by somebody else`);
  if (isCounted(answer) && !isDeepStrictEqual(answer.body, { revoked_tokens, revoked_consents }))
    client.differs(test, page, 'an event with other numbers than the answer to its request');
  for (const [name, value] of Object.entries({ ...partOf(answer, grant_id), ...fields })) {
    if (!isDeepStrictEqual(event[name], value))
      client.differs(
        test,
        page,
        `an event of a ${action} with another value in ${name} than its request has`,
      );
  }
  return event;
}

/** Whether an answer says how much it revoked. */
function isCounted({ body }: Answer): boolean {
  return isObject(body) && 'revoked_tokens' in body;
}

/** What the event of a change of one grant says of it. */
function partOf({ operationId, body }: Answer, grant_id: string | undefined): AuditEvent {
  if (grant_id === undefined || operationId === 'revokeOAuthGrants') return {};
  // Where a consent alone was revoked, no grant lost a token.
  const hasLost = !isObject(body) || body.revoked_tokens !== 0;
  return hasLost ? { grants: 1, grant_ids: [grant_id] } : { grants: 0 };
}

/** Notes a difference if a request left an event although it changed nothing. */
export async function expectNoEvent(test: Case, client: Client, answer: Answer): Promise<void> {
  const { page, events } = await eventsOf(test, client, answer);
  if (events.length > 0) client.differs(test, page, 'an event of a request that changed nothing');
}
