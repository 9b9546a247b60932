import type { Collections } from '../database/collections.ts';
import { type GrantFilter, type GrantStatus, groupRows, rowsOfGrant, rowsOfGrants } from './grouping.ts';
import type { GrantIdentity } from './identity.ts';

/** What a revocation changed: rows that went from unrevoked to revoked, each counted once. */
export interface Revoked {
  revoked_tokens: number;
  revoked_consents: number;
}

export interface RevocationOptions {
  /** Also revoke the consents that the rows of the grants name. */
  include_consent: boolean;
  now: Date;
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
  collections: Collections,
  grants: Iterable<GrantIdentity> | AsyncIterable<GrantIdentity>,
  options: RevocationOptions,
): Promise<Revoked> {
  return revokeRows(collections, grants, options, {});
}

/**
 * Revokes the grants that a filter chooses and that have the given status now. Grants chosen as expired or revoked
 * lose only rows that have expired: a token issued meanwhile is one that nobody asked to revoke.
 */
export async function revokeMatchingGrants(
  collections: Collections,
  { filter, status }: { filter: GrantFilter; status: GrantStatus | 'all' },
  options: RevocationOptions,
): Promise<Revoked> {
  const chosen = collections.refreshTokens
    .aggregate<GrantIdentity>(groupRows(rowsOfGrants(filter), options.now, status))
    .replaceRoot('$_id')
    .cursor({ batchSize: BATCH });
  const hasLiveRows = status === 'active' || status === 'all';
  return revokeRows(collections, chosen, options, hasLiveRows ? {} : { expires_at: { $lte: options.now } });
}

/** Which of these grants no row has; none where all of them exist. */
export async function missingGrants(
  collections: Collections,
  grants: GrantIdentity[],
  now: Date,
): Promise<GrantIdentity[]> {
  const missing: GrantIdentity[] = [];
  for await (const batch of inBatches(grants)) {
    const found = await collections.refreshTokens.aggregate<{ _id: GrantIdentity }>(
      groupRows(anyOf(batch), now),
    );
    const keys = new Set(found.map(({ _id }) => JSON.stringify(_id)));
    missing.push(...batch.filter((grant) => !keys.has(JSON.stringify(grant))));
  }
  return missing;
}

async function revokeRows(
  collections: Collections,
  grants: Iterable<GrantIdentity> | AsyncIterable<GrantIdentity>,
  { include_consent, now }: RevocationOptions,
  only: Record<string, unknown>,
): Promise<Revoked> {
  const revoked = { revoked_tokens: 0, revoked_consents: 0 };
  const update = { $set: { revoked_at: now, updated_at: now } };
  for await (const batch of inBatches(grants)) {
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
  const named = await collections.refreshTokens.distinct('consent_id', anyOf(grants));
  const { modifiedCount } = await collections.consents.updateMany(
    {
      _id: { $in: named },
      account_id: { $in: distinct(grants, 'account_id') },
      user_id: { $in: distinct(grants, 'user_id') },
      revoked_at: null,
    },
    update,
  );
  return modifiedCount;
}

function anyOf(grants: GrantIdentity[]): Record<string, unknown> {
  return { $or: grants.map(rowsOfGrant) };
}

function distinct(grants: GrantIdentity[], name: 'account_id' | 'user_id'): string[] {
  return [...new Set(grants.map((grant) => grant[name]))];
}

async function* inBatches<Item>(items: Iterable<Item> | AsyncIterable<Item>): AsyncGenerator<Item[]> {
  let batch: Item[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length === BATCH) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}
