import { WRITE_LIMIT } from '../../database/connect.ts';
import { inBatches } from '../rows/batches.ts';
import { BY_HASH } from '../rows/grouping.ts';
import type { StoredGrant } from '../rows/store.ts';
import { expiredBy, text } from '../rows/values.ts';
import type { GrantModel } from './model.ts';
import { takeInAll } from './take-in.ts';

/** Few grants at a time: a list that refreshes the model meanwhile regroups them too. */
const PURGE_BATCH = 200;

/** How long a gone grant is remembered, in milliseconds: longer than any regrouping of its rows takes. */
const MEMORY = 24 * 60 * 60 * 1_000;

export interface DeletedRows {
  account_id: string;
  rows: number;
}

export interface PurgeOptions {
  /** Rows that expired or were revoked by this time are deleted. */
  before: Date;
  /** Only count them. */
  dryRun: boolean;
  /** Called after every batch, with the rows found so far. */
  onProgress?: (rows: number) => void;
  /** Called with how many rows of which accounts are about to be deleted. */
  onDeleting?: (deleted: DeletedRows[]) => Promise<void>;
}

/**
 * Deletes rows that expired or were revoked long ago, some grants at a time, and brings what is left of these grants
 * into the read model; a grant without rows leaves it. Safe while servers run, and to repeat after a crash.
 *
 * @returns how many rows it deleted, or would delete
 */
export async function purge(
  model: GrantModel,
  { before, dryRun, onProgress, onDeleting }: PurgeOptions,
): Promise<number> {
  const { rows, grants } = model.store;
  await model.refreshWhole();
  const all = grants.find<Pick<StoredGrant, 'grant_hash'>>(
    { grant_hash: { $exists: true } },
    { projection: { _id: 0, grant_hash: 1 }, batchSize: PURGE_BATCH },
  );
  let count = 0;
  for await (const batch of inBatches(all, Math.min(PURGE_BATCH, model.batchSize))) {
    const grant_hash = { $in: batch.map((grant) => grant.grant_hash) };
    const over = { grant_hash, $or: [{ revoked_at: { $lte: before } }, expiredBy(before)] };
    const found = await rows.countDocuments(over, BY_HASH);
    // Hidden rows that do not qualify are left over from a purge that was killed.
    const isWork = found > 0 || (await rows.findOne({ grant_hash, purged: true }, BY_HASH)) !== null;
    count += isWork && !dryRun ? await purgeRows(model, over, onDeleting) : found;
    onProgress?.(count);
  }
  // Last, because what a killed purge left behind is found by its grant.
  if (!dryRun) await forgetGone(model);
  return count;
}

/**
 * Nothing would notice that rows are gone. So the read model lets go of them first, as of any row that is written, and
 * only rows that it has let go of are deleted. A row that is written to meanwhile, and no longer qualifies, is kept.
 */
async function purgeRows(
  model: GrantModel,
  over: { grant_hash: object; $or: object[] },
  onDeleting: PurgeOptions['onDeleting'],
): Promise<number> {
  const { rows } = model.store;
  const { grant_hash } = over;
  const options = { ...BY_HASH, ...WRITE_LIMIT };
  const settled = { 'grouped.done': true };
  const hide = { $set: { purged: true }, $unset: { grouped: '' } } as const;
  await rows.updateMany({ ...over, ...settled, purged: { $ne: true } }, hide, options);
  await takeInAll(model, { grant_hash });
  const letGoOf = { ...over, ...settled, purged: true };
  const byAccount = [{ $match: letGoOf }, { $group: { _id: text('$account_id', ''), rows: { $sum: 1 } } }];
  const deleting = await rows.aggregate<{ _id: string; rows: number }>(byAccount, BY_HASH).toArray();
  // Before they are gone: if this is cut off, the next purge counts them once more, and none is lost.
  await onDeleting?.(deleting.map(({ _id, rows }) => ({ account_id: _id, rows })));
  const { deletedCount } = await rows.deleteMany(letGoOf, options);
  const kept = { grant_hash, purged: true, $nor: over.$or };
  await rows.updateMany(kept, { $unset: { purged: '', grouped: '' } }, options);
  return deletedCount;
}

/** By the database's clock, which also says when they were found gone. */
async function forgetGone({ grants }: GrantModel): Promise<void> {
  const isForgotten = { $lt: ['$gone_at', { $subtract: ['$$NOW', MEMORY] }] };
  await grants.deleteMany({ status: 'gone', gone_at: { $type: 'date' }, $expr: isForgotten });
}
