import type { Collections } from '../database/collections.ts';
import { inBatches } from './batches.ts';
import { type RowFilter, rowsOfGrant } from './grouping.ts';
import type { GrantIdentity } from './identity.ts';
import type { GrantModel } from './model/model.ts';

/** What a revocation changed: rows that went from unrevoked to revoked, each counted once. */
export interface Revoked {
  revoked_tokens: number;
  revoked_consents: number;
}

export interface RevocationOptions {
  /** Also revoke the consents that the rows of the grants name. */
  include_consent: boolean;
  now: Date;
  /** Which of the grants' rows; all of them unless it says otherwise. */
  only?: RowFilter;
}

/** How many grants one round trip to the database finds or revokes. */
const BATCH = 200;

/**
 * Revokes grants by what makes them, the six values, so a token rotated a moment ago goes with them.
 *
 * Consents go before tokens: an authorization server that checks the consent then mints no new token for it, and
 * a crash in between leaves a grant that is still active, which the same request repeated will choose again.
 * Every step is idempotent; repeating all of it answers zeros. The promise resolves when the writes are journaled.
 */
export async function revokeGrants(
  model: GrantModel,
  grants: Iterable<GrantIdentity>,
  { include_consent, now, only = {} }: RevocationOptions,
): Promise<Revoked> {
  const { collections } = model;
  const revoked = { revoked_tokens: 0, revoked_consents: 0 };
  const { time } = await model.progress();
  const update = { $set: { revoked_at: now, updated_at: time } };
  for await (const batch of inBatches(grants, BATCH)) {
    if (include_consent) revoked.revoked_consents += await revokeConsents(collections, batch, update);
    const { modifiedCount } = await collections.refreshTokens.bulkWrite(
      batch.map((grant) => ({
        updateMany: { filter: { ...rowsOfGrant(grant), ...only, revoked_at: null }, update },
      })),
      { ordered: false },
    );
    revoked.revoked_tokens += modifiedCount;
  }
  return revoked;
}

/** Only consents of the grants' own account and users: a row that names a stranger's consent revokes nothing. */
async function revokeConsents(
  collections: Collections,
  grants: GrantIdentity[],
  update: object,
): Promise<number> {
  const named = await collections.refreshTokens.distinct('consent_id', { $or: grants.map(rowsOfGrant) });
  const { modifiedCount } = await collections.consents.updateMany(
    { ...consentsOf(grants, named), revoked_at: null },
    update,
  );
  return modifiedCount;
}

/** The filter on consents that finds those named by rows of some grants. */
export function consentsOf(grants: GrantIdentity[], named: unknown[]): Record<string, unknown> {
  return {
    _id: { $in: named },
    account_id: { $in: distinct(grants, 'account_id') },
    user_id: { $in: distinct(grants, 'user_id') },
  };
}

function distinct(grants: GrantIdentity[], name: 'account_id' | 'user_id'): string[] {
  return [...new Set(grants.map((grant) => grant[name]))];
}
