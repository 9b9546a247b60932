import { recorded } from '../audit/record.ts';
import type { GrantModel } from '../read-model/model.ts';
import { inBatches } from '../rows/batches.ts';
import { checkedIdentity, type GrantIdentity } from '../rows/identity.ts';
import type { RevocationBatch } from '../rows/store.ts';
import { eventOf, type RevocationOptions, type Revoked, revokeBatch } from './batch.ts';

/** How many grants a batch finds by their six values. */
export const BY_IDENTITY = 200;

/**
 * Revokes grants by their six values, so that a token rotated a moment ago goes too. Every step is idempotent;
 * repeating the whole call returns zeros. Resolves once the writes are journaled.
 */
export function revokeGrants(
  model: GrantModel,
  grants: Iterable<GrantIdentity>,
  options: RevocationOptions,
): Promise<Revoked> {
  return recorded(model, eventOf(options), () => revokeByIdentity(model, grants, options, { status: 'all' }));
}

/**
 * The same, as a part of a revocation that has its event.
 *
 * @param selected how they were selected: of expired and revoked grants, only expired rows are revoked, and unused ones
 *   are spared if they have been used after all
 */
export async function revokeByIdentity(
  model: GrantModel,
  grants: Iterable<GrantIdentity>,
  { id: revocation_id, include_consent, now: at, stopping }: RevocationOptions,
  selected: Pick<RevocationBatch, 'status' | 'unused_since'>,
): Promise<Revoked> {
  const total = { revoked_tokens: 0, revoked_consents: 0 };
  for await (const some of inBatches(grants, BY_IDENTITY)) {
    stopping.throwIfAborted();
    const batch = some.map(checkedIdentity);
    const known = await model.grants
      .find({ _id: { $in: batch } }, { projection: { grant_hash: 1 }, batchSize: BY_IDENTITY + 1 })
      .toArray();
    const hashes = known.map(({ grant_hash }) => grant_hash);
    const account_ids = [...new Set(batch.map(({ account_id }) => account_id))];
    const chosen = { grants: batch };
    const asked = { revocation_id, ...selected, include_consent, at };
    const revoked = await revokeBatch(model, { hashes, account_ids, chosen, ...asked });
    total.revoked_tokens += revoked.revoked_tokens;
    total.revoked_consents += revoked.revoked_consents;
  }
  return total;
}
