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

/**
 * Notes a difference unless a change left just one event, which says what was done, and by which request.
 *
 * @param answer the answer of the request that changed something
 * @param expected fields of the event
 */
export async function expectEvent(
  test: Case,
  client: Client,
  answer: Answer,
  expected: { action: string; grant_id: string },
): Promise<void> {
  const { action, grant_id } = expected;
  const page = await client.succeed(test, AUDIT, { query: { grant_id } });
  const request_id = answer.headers.get('x-request-id');
  const events = objectsIn(page.body, 'events').filter((event) => event.request_id === request_id);
  const [event] = events;
  if (event === undefined || events.length > 1) {
    client.differs(test, page, `${events.length} events with the X-Request-Id of a ${action}`);
    return;
  }
  if (event.action !== action || event.operation !== answer.operationId)
    client.differs(test, page, `a ${action} whose event says ${event.action} by ${event.operation}`);
  const { by, revoked_tokens, revoked_consents } = event;
  const admin = claimsIn(client.tokenOf('oauth-grants'))?.sub;
  if (admin !== undefined && (!isObject(by) || by.user_id !== admin))
    client.differs(test, page, `an event of a ${action} by somebody else`);
  if (answer.operationId !== 'revokeOAuthGrants' && !isOfOne(event, grant_id))
    client.differs(test, page, `an event of one ${action} that is not of its grant alone`);
  if (action === 'revoke' && !isDeepStrictEqual(answer.body, { revoked_tokens, revoked_consents }))
    client.differs(test, page, 'an event with other numbers than the answer to its request');
}

function isOfOne({ grants, grant_ids }: AuditEvent, grant_id: string): boolean {
  return grants === 1 && isDeepStrictEqual(grant_ids, [grant_id]);
}

/** Notes a difference if a request left an event although it changed nothing. */
export async function expectNoEvent(test: Case, client: Client, answer: Answer): Promise<void> {
  const page = await client.succeed(test, AUDIT, { query: { limit: MAX_LIMIT } });
  const request_id = answer.headers.get('x-request-id');
  if (objectsIn(page.body, 'events').some((event) => event.request_id === request_id))
    client.differs(test, page, 'an event of a request that changed nothing');
}
