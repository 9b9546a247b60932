import { IS_MISFILED, REFILED } from '../rows/grouping.ts';
import type { GrantModel } from './model.ts';
import { regroup } from './regroup.ts';

/**
 * Rebuilds the whole read model from the rows, in the order of their hash. Safe while servers run, and for several
 * processes at once: it is a regrouping like any other, of everything.
 */
export async function rebuild(model: GrantModel): Promise<void> {
  const { store } = model;
  await store.rows.updateMany(IS_MISFILED, REFILED);
  await model.refreshWhole();
  // So that their parties are stored again, too.
  await store.grants.updateMany({ searchable: true }, { $unset: { searchable: '' } });
  const distinct = { $group: { _id: '$grant_hash' } };
  const hashes = store.rows.aggregate<{ _id: unknown }>(
    [
      distinct,
      { $unionWith: { coll: store.grants.collectionName, pipeline: [distinct] } },
      { $group: { _id: '$_id' } },
      { $sort: { _id: 1 } },
    ],
    { allowDiskUse: true, batchSize: 10_000 },
  );
  await regroup(model, hashesOf(hashes));
}

async function* hashesOf(groups: AsyncIterable<{ _id: unknown }>): AsyncGenerator<bigint> {
  for await (const { _id } of groups) if (typeof _id === 'bigint') yield _id;
}
