import type { Collections } from '../database/collections.ts';
import { READ_LIMIT_MS } from '../database/connect.ts';
import {
  type GrantFilter,
  type GrantStatus,
  groupRows,
  type RowFilter,
  rowsOfGrant,
  rowsOfGrants,
} from './grouping.ts';
import { encodeGrantId, type GrantIdentity } from './identity.ts';
import { text, UNREVOKED } from './values.ts';

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
    .aggregate<GrantIdentity>(groupRows(rowsOfGrants(filter), options.now, status), {
      maxTimeMS: READ_LIMIT_MS,
    })
    .replaceRoot('$_id')
    .cursor({ batchSize: BATCH });
  const hasLiveRows = status === 'active' || status === 'all';
  return revokeRows(collections, chosen, options, hasLiveRows ? {} : { expires_at: { $lte: options.now } });
}

/** Which of these grants no row has; none where all of them exist. */
export async function missingGrants(
  collections: Collections,
  grants: GrantIdentity[],
): Promise<GrantIdentity[]> {
  const missing: GrantIdentity[] = [];
  for await (const batch of inBatches(grants)) {
    // Any moment does: only whether they exist is asked.
    const pipeline = groupRows(anyOf(batch), new Date(0));
    const found = await collections.refreshTokens.aggregate<{ _id: GrantIdentity }>(pipeline, {
      maxTimeMS: READ_LIMIT_MS,
    });
    const ids = new Set(found.map(({ _id }) => encodeGrantId(_id)));
    missing.push(...batch.filter((grant) => !ids.has(encodeGrantId(grant))));
  }
  return missing;
}

async function revokeRows(
  collections: Collections,
  grants: Iterable<GrantIdentity> | AsyncIterable<GrantIdentity>,
  { include_consent, now, stopping }: RevocationOptions,
  only: RowFilter,
): Promise<Revoked> {
  const revoked = { revoked_tokens: 0, revoked_consents: 0 };
  const update = { $set: { revoked_at: now, updated_at: now } };
  for await (const batch of inBatches(grants)) {
    stopping.throwIfAborted();
    if (include_consent) revoked.revoked_consents += await revokeConsents(collections, batch, update);
    const { modifiedCount } = await collections.refreshTokens.updateMany(
      { ...anyOf(batch), ...only, ...UNREVOKED },
      update,
    );
    revoked.revoked_tokens += modifiedCount;
  }
  return revoked;
}

/** A consent goes only with a row of its own account and user: one that names a stranger's revokes nothing. */
async function revokeConsents(
  collections: Collections,
  grants: GrantIdentity[],
  update: object,
): Promise<number> {
  const named = await collections.refreshTokens.aggregate<{
    _id: Record<'_id' | 'account_id' | 'user_id', string>;
  }>([{ $match: anyOf(grants) }, { $group: { _id: NAMED_CONSENT } }]);
  if (named.length === 0) return 0;
  const consents = { $or: named.map(({ _id }) => _id), ...UNREVOKED };
  return (await collections.consents.updateMany(consents, update)).modifiedCount;
}

/** A row without an account or user names nobody's consent: were they left out here, it would name anybody's. */
const NAMED_CONSENT = {
  _id: text('$consent_id', ''),
  account_id: text('$account_id', ''),
  user_id: text('$user_id', ''),
};

function anyOf(grants: GrantIdentity[]): RowFilter {
  return { $or: grants.map(rowsOfGrant) };
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
