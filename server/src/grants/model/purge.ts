import type { RefreshTokenRow } from '../../database/collections.ts';
import { WRITE_LIMIT } from '../../database/connect.ts';
import { nativeCollection } from '../../database/native.ts';
import { inBatches } from '../batches.ts';
import { BY_HASH } from '../grouping.ts';
import { expiredBy } from '../values.ts';
import type { GrantDocument } from './document.ts';
import { Intakes } from './intakes.ts';
import type { GrantModel } from './model.ts';
import { regroup } from './regroup.ts';

/** How long the note of a batch is kept at least, in milliseconds: longer than a batch may take. */
const PATIENCE = 120_000;

/** Few grants at a time: whoever refreshes the model meanwhile regroups them too. */
const PURGE_BATCH = 200;

/** How long a grant that is gone is remembered, in milliseconds: longer than any look at its rows takes. */
const MEMORY = 24 * 60 * 60 * 1_000;

export interface PurgeOptions {
  /** Rows go that expired or were revoked then or before. */
  before: Date;
  /** Only counts them. */
  dryRun: boolean;
  /** Called after every batch, with the rows found so far. */
  onProgress?: (rows: number) => void;
}

/**
 * Deletes rows that expired or were revoked long ago, some grants at a time, and brings what is left of these into the
 * read model; a grant without rows leaves it. Safe while serving, and to repeat after a crash.
 *
 * @returns how many rows it deleted, or would delete
 */
export async function purge(
  model: GrantModel,
  { before, dryRun, onProgress }: PurgeOptions,
): Promise<number> {
  const rows = nativeCollection<RefreshTokenRow>(model.collections.refreshTokens);
  await model.refresh();
  if (!dryRun) await forgetGone(model);
  const all = model.grants.find<Pick<GrantDocument, 'grant_hash'>>(
    {},
    { projection: { _id: 0, grant_hash: 1 }, batchSize: PURGE_BATCH },
  );
  let count = 0;
  for await (const batch of inBatches(all, Math.min(PURGE_BATCH, model.batchSize))) {
    const hashes = batch.map(({ grant_hash }) => grant_hash);
    const isOver = [{ revoked_at: { $lte: before } }, expiredBy(before)];
    const over = { grant_hash: { $in: hashes }, $or: isOver };
    const found = await rows.countDocuments(over, BY_HASH);
    if (found > 0 && !dryRun) {
      await withIntake(model, hashes, () => rows.deleteMany(over, { ...BY_HASH, ...WRITE_LIMIT }));
    }
    count += found;
    onProgress?.(count);
  }
  return count;
}

/** Nothing would tell that rows are gone, so it is written down before. */
async function withIntake(model: GrantModel, hashes: bigint[], work: () => Promise<unknown>): Promise<void> {
  const intakes = new Intakes(model.collections);
  const { time } = await model.state.read();
  const { _id } = await intakes.record({ hashes, keep_until: new Date(time.getTime() + PATIENCE) });
  await work();
  await regroup(model, hashes);
  await intakes.delete([_id]);
}

async function forgetGone(model: GrantModel): Promise<void> {
  const { time } = await model.state.read();
  await model.grants.deleteMany({
    status: 'gone',
    gone_at: { $lt: new Date(time.getTime() - MEMORY) },
  });
}
