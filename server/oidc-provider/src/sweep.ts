import { randomUUID } from 'node:crypto';
import { asEvent } from './audit.ts';
import { requestOf } from './request.ts';
import { type ConsentRow, type Context, checkGrantId, type TokenRow, written } from './store.ts';

/** How long a sweep that somebody began counts, in milliseconds: one that was cut off must not block a consent. */
const SWEEP_MS = 60_000;

/** Whether all tokens of a consent are being revoked. */
export function isSwept({ sweeping }: Pick<ConsentRow, 'sweeping'>, now: Date): boolean {
  return sweeping !== undefined && now.getTime() - sweeping.getTime() < SWEEP_MS;
}

/**
 * Revokes all tokens of a consent, as part of the event of the request.
 *
 * @throws TypeError without an id: a filter without one would be everybody's
 */
export async function endTokensOf(store: Context, consent_id: string): Promise<void> {
  checkGrantId(consent_id);
  await asEvent(store, (revocation_id) => sweep(store, consent_id, revocation_id));
}

/**
 * Revokes all tokens of a consent. Tokens that are being issued meanwhile see that the consent is or was swept, and are
 * refused.
 */
export async function sweep(
  { tokens, consents, clock }: Context,
  consent_id: string,
  revocation_id: string,
): Promise<void> {
  const now = clock();
  const revoked_reason = requestOf()?.ending ?? 'revoked';
  await consents.updateOne({ _id: consent_id }, written<ConsentRow>({ sweeping: now }, now));
  await tokens.updateMany(
    { consent_id, revoked_at: null },
    written<TokenRow>({ revoked_at: now, revoked_reason, revocation_id }, now),
  );
  const { $set } = written<ConsentRow>({ swept: randomUUID() }, now);
  await consents.updateOne({ _id: consent_id }, { $set, $unset: { grouped: '', sweeping: '' } });
}
