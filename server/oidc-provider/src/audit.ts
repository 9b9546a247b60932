import { randomUUID } from 'node:crypto';
import { requestOf } from './request.ts';
import type { Context } from './store.ts';

const DAY = 24 * 60 * 60 * 1_000;

/**
 * Revokes rows as part of an event of Grantkeeper's audit trail, one for each request. Grantkeeper finishes it from the
 * rows that bear its id, and deletes it if none does.
 *
 * @param write revokes the rows, which get the `revocation_id`
 * @param otherwise why, where the request does not say it
 */
export async function asEvent(
  { events, clock, auditDays }: Context,
  write: (revocation_id: string) => Promise<void>,
  otherwise: 'requested' | 'logout' = 'requested',
): Promise<void> {
  const request = requestOf();
  const revocation = request?.revocation ?? { _id: randomUUID(), underWay: 0 };
  const { _id } = revocation;
  const at = clock();
  const { client_id = null, user_id = null, route = 'oidc-provider' } = request ?? {};
  const event = {
    at,
    action: 'revoke' as const,
    reason: request?.ending ?? otherwise,
    by: { user_id, client_id },
    operation: route,
    request_id: null,
    include_consent: false,
    grants: 0,
    revoked_tokens: 0,
    revoked_consents: 0,
    account_ids: [],
    by_adapter: true,
    expire_at: new Date(at.getTime() + auditDays * DAY),
  };
  const open = () => ({ $setOnInsert: event, $set: { attempt: randomUUID(), finished_at: null } });
  // The library revokes a token, its family and its consent at the same time.
  revocation.underWay += 1;
  try {
    // Until the last is over, or a minute has passed, Grantkeeper leaves it alone.
    await events.updateOne({ _id }, { ...open(), $currentDate: { renewed_at: true } }, { upsert: true });
    await write(_id);
  } finally {
    revocation.underWay -= 1;
  }
  if (revocation.underWay > 0) return;
  await events.updateOne({ _id }, { ...open(), $unset: { renewed_at: '' } }, { upsert: true });
}
