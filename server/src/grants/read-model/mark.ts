import type { mongo } from 'mongoose';
import { BY_HASH, type RowFilter, rowsOfGrants, rowsOfIdentities } from '../rows/grouping.ts';
import type { OfConsent, RevocationBatch, Store, StoredGrant, Suspension } from '../rows/store.ts';
import { hasText } from '../rows/values.ts';

/*
 * The mark on a grant: `revocation` is the token of its latest revocation, `revoking` says that it is under way. An
 * authorization server reads it before and after it rotates a token. If a revocation is cut off, the mark stays until
 * some server finishes it.
 *
 * A suspended grant has `revoking` too, so that no token of it is issued, with `suspension` and `suspended_until`. Its
 * `revocation` stays as it is: a rotation that was under way then is completed, and its new token waits with the others. A
 * revocation takes the mark over, and gives it back if the suspension outlasts it. So a stored grant is free, under
 * revocation, or suspended.
 */

/** Filter: the stored grants of a batch. */
export function grantsOf({ chosen, hashes }: RevocationBatch) {
  return 'grants' in chosen ? { _id: { $in: chosen.grants } } : { grant_hash: { $in: hashes } };
}

/**
 * Batches of these statuses also revoke unexpired rows. For others, nobody asked to revoke what is issued meanwhile.
 */
export const TAKING_LIVE_ROWS: readonly RevocationBatch['status'][] = ['active', 'all'];

export function takesLiveRows({ status }: Pick<RevocationBatch, 'status'>): boolean {
  return TAKING_LIVE_ROWS.includes(status);
}

/** Filter: the rows of a batch, whatever their dates. */
export function rowsOf({ chosen, hashes }: Pick<RevocationBatch, 'chosen' | 'hashes'>): RowFilter {
  if ('grants' in chosen) return rowsOfIdentities(chosen.grants);
  if ('filter' in chosen) return { ...rowsOfGrants(chosen.filter), grant_hash: { $in: hashes } };
  return rowsOfConsent(chosen);
}

/** Rows chosen by a filter are found by their hash. */
export function hintOf({ chosen }: Pick<RevocationBatch, 'chosen'>) {
  return 'filter' in chosen ? BY_HASH : {};
}

/** Filter: the rows that name a user's consent. A consent with the id null has none: null in a row means no consent. */
export function rowsOfConsent({ consent_id, user_id }: OfConsent): RowFilter {
  return consent_id === null
    ? { _id: { $in: [] } }
    : { user_id: hasText(user_id), consent_id: { $eq: consent_id } };
}

/** Filter: suspensions that last. */
export const LASTS = { ended_at: null };

/** Filter: stored grants whose mark is not that of a suspension. */
export const IS_NOT_SUSPENDED = { suspension: { $exists: false } } satisfies mongo.Filter<StoredGrant>;

/** Update: the fields that only a suspended grant has are dropped. */
export const NOT_SUSPENDED = { suspension: '', suspended_until: '' } as const;

/** What a stored grant has while it is suspended. */
export function markOf({ _id, until }: Pick<Suspension, '_id' | 'until'>) {
  return { revoking: true, suspension: _id, suspended_until: until } as const;
}

/** Whether a suspension lasts. */
export async function lasts({ suspensions }: Store, _id: string): Promise<boolean> {
  return (await suspensions.findOne({ _id, ...LASTS }, { projection: { _id: 1 } })) !== null;
}

/** The suspensions that last, of the grants with some hashes. */
export function suspensionsOf({ suspensions }: Store, hashes: bigint[]): Promise<Suspension[]> {
  return suspensions.find({ grant_hash: { $in: hashes }, ...LASTS }).toArray();
}

/** Ends the mark of a batch, unless a later one has replaced it or the grant is suspended. */
export async function lowerMark({ grants }: Store, batch: RevocationBatch): Promise<void> {
  const marked = { grant_hash: { $in: batch.hashes }, revocation: batch.mark, ...IS_NOT_SUSPENDED };
  await grants.updateMany(marked, { $unset: { revoking: '' } });
}

/**
 * Marks stored grants that are about to be inserted, from the batches that have not been deleted yet, and suspends those
 * that no revocation is under way of.
 */
export async function markNew(store: Store, grants: StoredGrant[]): Promise<void> {
  if (grants.length === 0) return;
  const hashes = grants.map(({ grant_hash }) => grant_hash);
  await markFromBatches(store, grants, hashes);
  const suspensions = new Map(
    (await suspensionsOf(store, hashes)).map((one) => [JSON.stringify(one.grant), one]),
  );
  for (const grant of grants) {
    const suspension = suspensions.get(JSON.stringify(grant._id));
    if (suspension && !grant.revoking) Object.assign(grant, markOf(suspension));
  }
}

async function markFromBatches({ batches }: Store, grants: StoredGrant[], hashes: bigint[]): Promise<void> {
  const found = await batches
    .find({ hashes: { $in: hashes } }, { projection: { hashes: 1, mark: 1, finished_at: 1 } })
    .sort({ tried_at: 1 })
    .toArray();
  for (const batch of found) {
    const inBatch = new Set(batch.hashes);
    for (const grant of grants) {
      if (!inBatch.has(grant.grant_hash)) continue;
      grant.revocation = batch.mark;
      if (batch.finished_at === null) grant.revoking = true;
      else delete grant.revoking;
    }
  }
}
