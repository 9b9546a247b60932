import { randomUUID } from 'node:crypto';
import { requestOf } from './request.ts';
import type { Context } from './store.ts';

const DAY = 24 * 60 * 60 * 1_000;

/**
 * Revokes rows as one event of Grantkeeper's audit trail, one for each request. Grantkeeper finishes it with what the rows
 * that bear its id say, and deletes it if none does; so an event is never lost, and never half true.
 *
 * @param write revokes the rows, which get the `revocation_id`
 */
export async function asEvent(
  { events, clock, auditDays }: Context,
  why: 'requested' | 'logout',
  write: (revocation_id: string) => Promise<void>,
): Promise<void> {
  const request = requestOf();
  const _id = request?.revocation_id ?? randomUUID();
  request?.revoke(_id);
  const at = clock();
  const { client_id = null, user_id = null, route = 'oidc-provider' } = request ?? {};
  const event = {
    at,
    action: 'revoke' as const,
    // The library ends the family token by token then.
    reason: request?.isReuse ? 'reuse' : why,
    by: { user_id, client_id },
    operation: route,
    request_id: null,
    include_consent: false,
    grants: 0,
    revoked_tokens: 0,
    revoked_consents: 0,
    account_ids: [],
    finished_at: null,
    expire_at: new Date(at.getTime() + auditDays * DAY),
  };
  // Until it is over, or a minute has passed, Grantkeeper leaves it alone.
  await events.updateOne(
    { _id },
    { $setOnInsert: event, $currentDate: { renewed_at: true } },
    { upsert: true },
  );
  await write(_id);
  await events.updateOne({ _id }, { $unset: { renewed_at: '' }, $set: { finished_at: null } });
}
