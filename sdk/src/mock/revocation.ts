import type { OAuthGrant, OAuthGrantAuditEvent, OAuthGrantRevokeResponse } from '../generated/types.gen.ts';
import { newKey } from '../idempotency.ts';
import type { Asked } from './call.ts';
import type { State } from './state.ts';

/** How many grants an event names. */
const MAX_NAMED = 10;

/** Why and how something is revoked. */
export type Revocation = Partial<Pick<OAuthGrantAuditEvent, 'filter' | 'include_consent' | 'reason'>>;

/** The consents of the signed-in person that are not revoked, among those by which they allowed these grants. */
export function consentsOf({ data, revokedConsents }: State, grants: OAuthGrant[], userId: string): string[] {
  const clients = new Set(
    grants.filter(({ user_id }) => user_id === userId).map(({ client_id }) => client_id),
  );
  const allowed = [
    ...data.meGrants.map(({ id, client_id }) => ({ id, client_id })),
    ...data.accountGrants.map(({ id, application }) => ({ id, client_id: application.id })),
  ];
  const ids = allowed.filter(({ client_id }) => clients.has(client_id)).map(({ id }) => id);
  return [...new Set(ids)].filter((id) => !revokedConsents.has(id));
}

/** The grants that the signed-in person allowed by a consent. */
export function grantsOf({ data }: State, consentId: string, userId: string): OAuthGrant[] {
  const clients = [
    ...data.meGrants.filter(({ id }) => id === consentId).map(({ client_id }) => client_id),
    ...data.accountGrants.filter(({ id }) => id === consentId).map(({ application }) => application.id),
  ];
  return data.grants.filter(({ client_id, user_id }) => user_id === userId && clients.includes(client_id));
}

/** How much revoking these would change. */
export function countRevoked(
  { revokedConsents }: State,
  grants: OAuthGrant[],
  consentIds: string[],
): OAuthGrantRevokeResponse {
  const left = grants.filter(({ status }) => status !== 'revoked');
  return {
    revoked_tokens: left.reduce((sum, { token_count }) => sum + token_count, 0),
    revoked_consents: consentIds.filter((id) => !revokedConsents.has(id)).length,
  };
}

/** Revokes grants and consents, with an audit event if that changes anything. */
export function revoke(
  asked: Asked,
  grants: OAuthGrant[],
  consentIds: string[],
  how: Revocation = {},
): OAuthGrantRevokeResponse {
  const { state } = asked;
  const counts = countRevoked(state, grants, consentIds);
  const left = grants.filter(({ status }) => status !== 'revoked');
  for (const grant of left) {
    grant.status = 'revoked';
    delete grant.suspended_until;
    state.suspensions.delete(grant.grant_id);
  }
  for (const id of consentIds) state.revokedConsents.add(id);
  if (counts.revoked_tokens + counts.revoked_consents > 0)
    record(asked, 'revoke', left, { ...how, ...counts });
  return counts;
}

/** Adds an event to the audit trail. */
export function record(
  { id, state, caller, now, requestId }: Asked,
  action: OAuthGrantAuditEvent['action'],
  grants: OAuthGrant[],
  what: Partial<OAuthGrantAuditEvent> = {},
): void {
  const { user_id, client_id } = caller;
  const ids = grants.map(({ grant_id }) => grant_id);
  const event: OAuthGrantAuditEvent = {
    event_id: newKey(),
    at: new Date(now).toISOString(),
    action,
    reason: 'requested',
    operation: id,
    by: { user_id, ...(client_id === undefined ? {} : { client_id }) },
    ...(requestId === undefined ? {} : { request_id: requestId }),
    include_consent: false,
    grants: grants.length,
    revoked_tokens: 0,
    revoked_consents: 0,
    grant_ids: ids.slice(0, MAX_NAMED),
    ...what,
  };
  state.grantIds.set(event.event_id, ids);
  state.data.auditEvents.unshift(event);
}
