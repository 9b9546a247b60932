import type { OAuthGrantAuditEvent } from '../generated/types.gen.ts';
import type { Handlers } from './call.ts';
import { matches, outside, visibleTo } from './caller.ts';
import { cursorOf, type Position, positionIn } from './cursors.ts';
import { identityIn } from './grant-id.ts';
import { wantsLines } from './lines.ts';

/** The audit trail of OAuth Grants. */
export const auditHandlers: Handlers<'listOAuthGrantAuditEvents'> = {
  listOAuthGrantAuditEvents(call) {
    const { limit, cursor, ...asked } = call.query;
    const { grant_id, user_id, client_id, action, from, to } = asked;
    const { caller, state } = call;
    const { grants, auditEvents } = state.data;
    const beyond = outside(caller, { user_id }, 'query');
    if (beyond) throw call.refuse(403, 'another_user', beyond);
    const idsOf = (event: OAuthGrantAuditEvent) => state.grantIds.get(event.event_id) ?? event.grant_ids;
    if (grant_id !== undefined && !identityIn(grant_id) && !grants.some((one) => one.grant_id === grant_id)) {
      const detail = 'is not a grant id; send one exactly as this API gave it';
      throw call.invalid({ in: 'query', field: 'grant_id', detail });
    }
    const filter = { ...visibleTo(caller), user_id: user_id ?? visibleTo(caller).user_id, client_id };
    const seen = new Set(grants.filter((grant) => matches(grant, filter)).map((grant) => grant.grant_id));
    const isNarrowed =
      caller.permission !== 'account:admin' || user_id !== undefined || client_id !== undefined;
    const matching = auditEvents.filter((event) => {
      const ids = idsOf(event);
      const at = Date.parse(event.at);
      return (
        (!isNarrowed || ids.some((id) => seen.has(id))) &&
        (grant_id === undefined || ids.includes(grant_id)) &&
        (action === undefined || event.action === action) &&
        (from === undefined || at >= Date.parse(from)) &&
        (to === undefined || at < Date.parse(to))
      );
    });
    const after = cursor === undefined ? undefined : positionIn(asked, cursor);
    if (cursor !== undefined && !after) {
      const detail =
        'is not a cursor of this list; send a next_cursor exactly as this API gave it, with the same filters';
      throw call.invalid({ in: 'query', field: 'cursor', detail });
    }
    const begin = after ? indexBehind(after, matching) : 0;
    const page = matching.slice(begin, begin + limit);
    const left = matching.length - begin - page.length;
    const end = page.at(-1);
    const next =
      end && left > 0 ? { next_cursor: cursorOf(asked, { key: `${left}`, id: end.event_id }) } : {};
    const body = { events: page, ...next };
    if (!wantsLines(call.headers.get('accept'))) return { status: 200, body };
    return { status: 200, body, lines: { of: page, next: { ...call.query, cursor: body.next_cursor } } };
  },
};

/** Where a page begins: behind an event or, if that is gone, before as many as there were behind it. */
function indexBehind({ id, key }: Position, events: OAuthGrantAuditEvent[]): number {
  const index = events.findIndex(({ event_id }) => event_id === id);
  return index >= 0 ? index + 1 : Math.max(0, events.length - Number(key));
}
