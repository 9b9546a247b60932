import type { OAuthGrant } from '../generated/types.gen.ts';
import type { Call, Handlers } from './call.ts';
import { isUnusedSince, matches, outside, rankOf, visibleTo } from './caller.ts';
import { cursorOf, positionIn } from './cursors.ts';
import { identityIn } from './grant-id.ts';
import { comparing, order, positionOf } from './grant-order.ts';
import { consentsOf, record, revoke } from './revocation.ts';

/** How long a suspended grant can be restored, in milliseconds; as long as a server has it unless told. */
const SUSPENSION = 7 * 24 * 60 * 60 * 1_000;

type OneGrant = 'getOAuthGrant' | 'revokeOAuthGrant' | 'suspendOAuthGrant' | 'restoreOAuthGrant';

/** The operations of OAuth Grants on one grant, and the list. */
export const grantHandlers: Handlers<OneGrant | 'listOAuthGrants'> = {
  listOAuthGrants(call) {
    const { status, limit, offset, cursor, sort_by, sort_order, ...others } = call.query;
    const { include_suspension, include_project_name, unused_since, ...filters } = others;
    const { caller, state } = call;
    const beyond = outside(caller, filters, 'query');
    if (beyond) throw call.refuse(403, 'outside_filter', beyond);
    const isContinued = cursor !== undefined && cursor !== 'first';
    if (isContinued && offset > 0) {
      const detail = 'must not be sent together with a cursor, which says where the page begins';
      throw call.invalid({ in: 'query', field: 'offset', detail });
    }
    const filter = { ...visibleTo(caller), ...filters };
    const list = { filter, unused_since, status, sort_by, sort_order };
    const after = isContinued ? positionIn(list, cursor) : undefined;
    if (isContinued && !after) throw call.refuse(400, 'other_list');
    const matching = state.data.grants
      .filter((grant) => matches(grant, filter) && (status === 'all' || grant.status === status))
      .filter((grant) => isUnusedSince(grant, unused_since))
      .sort(order(list));
    const rest = after
      ? matching.filter((grant) => comparing(list)(positionOf(list, grant), after) > 0)
      : matching.slice(offset);
    const page = rest.slice(0, limit);
    const last = rest.length > limit ? page.at(-1) : undefined;
    const body = {
      grants: page.map(shown({ include_suspension, include_project_name })),
      total_count: matching.length,
      limit,
      offset,
    };
    const next = cursor !== undefined && last ? { next_cursor: cursorOf(list, positionOf(list, last)) } : {};
    return { status: 200, body: { ...body, ...next } };
  },

  getOAuthGrant: (call) => ({ status: 200, body: shown(call.query)(existing(call, grantOf(call))) }),

  revokeOAuthGrant(call) {
    const found = grantOf(call);
    return call.once(() => {
      const grant = existing(call, found);
      const { include_consent } = call.query;
      const consents = include_consent ? consentsOf(call.state, [grant], call.caller.user_id) : [];
      return { status: 200, body: revoke(call, [grant], consents, { include_consent }) };
    });
  },

  suspendOAuthGrant(call) {
    const found = grantOf(call);
    return call.once(() => {
      const grant = existing(call, found);
      const { state, caller, now } = call;
      if (grant.status !== 'active') throw call.refuse(409, 'grant_not_active');
      const before = state.suspensions.get(grant.grant_id);
      const suspended_until = grant.suspended_until ?? new Date(now + SUSPENSION).toISOString();
      if (grant.suspended_until === undefined || (before && rankOf(caller) > rankOf(before))) {
        state.suspensions.set(grant.grant_id, caller);
        record(call, 'suspend', [grant]);
      }
      grant.suspended_until = suspended_until;
      return { status: 200, body: { suspended_until } };
    });
  },

  restoreOAuthGrant(call) {
    const found = grantOf(call);
    return call.once(() => {
      const grant = existing(call, found);
      const { state, caller } = call;
      if (grant.suspended_until === undefined) throw call.refuse(409, 'grant_not_suspended');
      const by = state.suspensions.get(grant.grant_id);
      if (by && rankOf(caller) < rankOf(by)) throw call.refuse(403, 'suspended_by_admin');
      delete grant.suspended_until;
      state.suspensions.delete(grant.grant_id);
      record(call, 'restore', [grant]);
      return { status: 204 };
    });
  },
};

/** Revokes the grants that nobody restored in time, in the name of those who suspended them. */
export function endSuspensions({
  state,
  caller,
  now,
}: Pick<Call<OneGrant>, 'state' | 'caller' | 'now'>): void {
  for (const grant of state.data.grants) {
    if (grant.suspended_until === undefined || Date.parse(grant.suspended_until) > now) continue;
    const by = state.suspensions.get(grant.grant_id) ?? caller;
    revoke({ id: 'suspendOAuthGrant', state, caller: by, now }, [grant], [], { reason: 'suspension-over' });
  }
}

/** The grant that a call names; undefined where there is none. It throws where the caller must not know. */
function grantOf(call: Call<OneGrant>): OAuthGrant | undefined {
  const { grant_id } = call.path;
  const grant = call.state.data.grants.find((one) => one.grant_id === grant_id);
  const identity = grant ?? identityIn(grant_id);
  if (!identity) throw call.refuse(400, 'bad_grant_id');
  if (!matches(identity, visibleTo(call.caller))) throw call.refuse(404, 'grant_not_found');
  return grant;
}

function existing(call: Call<OneGrant>, grant: OAuthGrant | undefined): OAuthGrant {
  if (!grant) throw call.refuse(404, 'grant_not_found');
  return grant;
}

/** The grant as an answer shows it: with what is asked for beside what is published. */
export function shown({
  include_suspension,
  include_project_name,
}: Beside): (grant: OAuthGrant) => OAuthGrant {
  return ({ suspended_until, project_name, ...grant }) => ({
    ...grant,
    ...(include_suspension && suspended_until !== undefined && { suspended_until }),
    ...(include_project_name && project_name !== undefined && { project_name }),
  });
}

interface Beside {
  include_suspension: boolean;
  include_project_name: boolean;
}
