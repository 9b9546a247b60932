import type { ModelContext } from '../read-model/context.ts';
import { hintOf, IS_NOT_SUSPENDED, rowsOf, suspensionsOf } from '../read-model/mark.ts';
import type { Matching } from '../read-model/ordering.ts';
import { returnMark } from '../read-model/suspended.ts';
import { hashOfRow, identityOfRow } from '../rows/grouping.ts';
import type { GrantIdentity } from '../rows/identity.ts';
import type { RevocationBatch, Store, StoredGrant } from '../rows/store.ts';

/** A grant with a row that was used or issued lately. */
interface InUse {
  _id: GrantIdentity;
  grant_hash: bigint;
}

/**
 * Those of some selected grants that may be revoked as unused; all of them where nobody asked for unused ones. A grant
 * for which a token was issued since is in use, too, although its fields do not show it: somebody has signed in again.
 */
export async function unusedOf<Some extends Pick<StoredGrant, '_id' | 'grant_hash'>>(
  store: Store,
  some: Some[],
  { filter, unused_since }: Matching,
): Promise<Some[]> {
  if (!unused_since) return some;
  const hashes = some.map(({ grant_hash }) => grant_hash);
  const inUse = idsOf(await readInUse(store, { chosen: { filter }, hashes }, unused_since));
  return some.filter(({ _id }) => !inUse.has(keyOf(_id)));
}

/**
 * Takes the grants out of a batch that have been used after all, and ends their marks. The grants are marked, so none of
 * them is used from now on: an authorization server that reads the mark refuses.
 */
export async function spareUsed(model: ModelContext, batch: RevocationBatch): Promise<RevocationBatch> {
  const { store } = model;
  const { chosen, hashes, mark, unused_since } = batch;
  const inUse = unused_since ? await readInUse(store, batch, unused_since) : [];
  if (inUse.length === 0) return batch;
  const ids = idsOf(inUse);
  const found = await suspensionsOf(
    store,
    inUse.map(({ grant_hash }) => grant_hash),
  );
  const suspended = found.filter(({ grant }) => ids.has(keyOf(grant)));
  await returnMark(model, batch, suspended);
  const marked = { _id: { $in: inUse.map(({ _id }) => _id) }, revocation: mark, ...IS_NOT_SUSPENDED };
  await store.grants.updateMany(marked, { $unset: { revoking: '' } });
  const left =
    'grants' in chosen
      ? { chosen: { grants: chosen.grants.filter((grant) => !ids.has(keyOf(grant))) } }
      : { hashes: hashes.filter((hash) => !inUse.some(({ grant_hash }) => grant_hash === hash)) };
  await store.batches.updateOne({ _id: batch._id, mark }, { $set: left });
  return { ...batch, ...left };
}

/** Asks the rows, which say so before the read model does. */
async function readInUse(
  { rows }: Store,
  batch: Pick<RevocationBatch, 'chosen' | 'hashes'>,
  since: Date,
): Promise<InUse[]> {
  const isRecent = { $or: [{ last_used_at: { $gte: since } }, { created_at: { $gte: since } }] };
  const grants = { $group: { _id: identityOfRow(), grant_hash: { $first: hashOfRow() } } };
  return rows
    .aggregate<InUse>([{ $match: { $and: [rowsOf(batch), isRecent] } }, grants], hintOf(batch))
    .toArray();
}

function idsOf(grants: InUse[]): Set<string> {
  return new Set(grants.map(({ _id }) => keyOf(_id)));
}

function keyOf(identity: GrantIdentity): string {
  return JSON.stringify(identity);
}
