import type { Collections } from '../database/collections.ts';
import { WRITE_LIMIT } from '../database/connect.ts';
import { nativeCollection } from '../database/native.ts';
import { inBatches } from './batches.ts';
import type { ConsentId } from './consent-ids.ts';
import { type RowFilter, rowsOfGrant } from './grouping.ts';
import type { GrantIdentity } from './identity.ts';
import type { GrantModel } from './model/model.ts';
import { consentNamed, hasText, text, UNREVOKED } from './values.ts';

/** What a revocation changed: rows that went from unrevoked to revoked, each counted once. */
export interface Revoked {
  revoked_tokens: number;
  revoked_consents: number;
}

export interface RevocationOptions {
  /** Also revoke the consents that the rows of the grants name. */
  include_consent: boolean;
  now: Date;
  /** Ends the work between two batches; its reason is thrown. Repeating the request does the rest. */
  stopping: AbortSignal;
}

/** How many grants one round trip to the database revokes. */
const BATCH = 200;

/**
 * Revokes grants by what makes them, the six values, so a token rotated a moment ago goes with them.
 *
 * Consents go before tokens: an authorization server that checks the consent then mints no new token for it, and
 * a crash in between leaves a grant that is still active, which the same request repeated will choose again.
 * Every step is idempotent; repeating all of it answers zeros. The promise resolves when the writes are journaled.
 *
 * @param only which of the grants' rows
 */
export async function revokeGrants(
  model: GrantModel,
  grants: Iterable<GrantIdentity>,
  { include_consent, now, stopping }: RevocationOptions,
  only: RowFilter = {},
): Promise<Revoked> {
  const { collections } = model;
  const revoked = { revoked_tokens: 0, revoked_consents: 0 };
  for await (const batch of inBatches(grants, BATCH)) {
    stopping.throwIfAborted();
    await model.write(async (updated_at) => {
      const update = { $set: { revoked_at: now, updated_at } };
      if (include_consent) revoked.revoked_consents += await revokeConsents(collections, batch, update);
      const { modifiedCount } = await nativeCollection(collections.refreshTokens).updateMany(
        { ...anyOf(batch), ...only, ...UNREVOKED },
        update,
        WRITE_LIMIT,
      );
      revoked.revoked_tokens += modifiedCount;
    });
  }
  return revoked;
}

/** A consent goes only with a row of its own account and user: one that names a stranger's revokes nothing. */
async function revokeConsents(
  collections: Collections,
  grants: GrantIdentity[],
  update: object,
): Promise<number> {
  const named = await collections.refreshTokens.aggregate<{ _id: NamedConsent }>([
    { $match: anyOf(grants) },
    { $group: { _id: NAMED_CONSENT } },
    { $match: { '_id.consent_id': { $ne: null } } },
  ]);
  if (named.length === 0) return 0;
  const own: RowFilter[] = named.map(({ _id: { consent_id, account_id, user_id } }) => ({
    _id: { $eq: consent_id },
    account_id: hasText(account_id),
    user_id: hasText(user_id),
  }));
  const unrevoked = { $or: own, ...UNREVOKED };
  return (await nativeCollection(collections.consents).updateMany(unrevoked, update, WRITE_LIMIT))
    .modifiedCount;
}

interface NamedConsent {
  consent_id: ConsentId;
  account_id: string;
  user_id: string;
}

/** A row without an account or user names nobody's consent: were they left out here, it would name anybody's. */
const NAMED_CONSENT = {
  consent_id: consentNamed(null),
  account_id: text('$account_id', ''),
  user_id: text('$user_id', ''),
};

function anyOf(grants: GrantIdentity[]): RowFilter {
  return { $or: grants.map(rowsOfGrant) };
}
