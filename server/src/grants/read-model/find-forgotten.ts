import { IS_MISFILED } from '../rows/grouping.ts';
import type { ModelContext } from './context.ts';
import { STATE } from './lease.ts';

/** How many rows, and how many consents, one run scans. */
const STRETCH = 10_000;
/** How many of the ids found the log lists. */
const NAMED = 5;

/**
 * Scans some settled rows and consents, each time from where the last scan ended, for writes that did not unset
 * `grouped`: their `updated_at` is not the one that they settled with, or they now belong to another grant. Makes them
 * pending, and logs the writer's mistake.
 *
 * @returns how many it found
 */
export async function findForgotten(model: ModelContext, stretch = STRETCH): Promise<number> {
  const rows = await findIn(model, 'rows', IS_MISFILED.$expr, stretch);
  return rows + (await findIn(model, 'consents', false, stretch));
}

async function findIn(
  { store, log }: ModelContext,
  name: 'rows' | 'consents',
  isElsewhere: unknown,
  stretch: number,
): Promise<number> {
  const collection = store[name];
  const place = `scanned.${collection.collectionName}`;
  const state = await store.state.findOne(STATE, { projection: { scanned: 1 } });
  const from = state?.scanned?.[collection.collectionName];
  // Expressions, for ids of any type: a filter on `_id` would find ids of one type only.
  const isAfter = from === undefined ? [] : [{ $gt: ['$_id', { $literal: from }] }];
  const byId = { projection: { _id: 1 }, sort: { _id: 1 }, hint: { _id: 1 } } as const;
  const last = await collection.findOne({ $expr: { $and: isAfter } }, { ...byId, skip: stretch - 1 });
  const isInRange = last ? [...isAfter, { $lte: ['$_id', { $literal: last._id }] }] : isAfter;

  const isWritten = { $ne: ['$grouped.at', '$updated_at'] };
  const forgotten = {
    'grouped.done': true,
    $expr: { $and: [...isInRange, { $or: [isWritten, isElsewhere] }] },
  };
  const ids = (await collection.find(forgotten, byId).limit(NAMED).toArray()).map(({ _id }) => _id);
  const count = ids.length === 0 ? 0 : await unset();
  await store.state.updateOne(STATE, last ? { $set: { [place]: last._id } } : { $unset: { [place]: '' } }, {
    upsert: true,
  });
  return count;

  async function unset(): Promise<number> {
    const update = { $unset: { grouped: '' } } as const;
    const { modifiedCount } = await collection.updateMany(forgotten, update, { hint: byId.hint });
    const found = { collection: collection.collectionName, rows: modifiedCount, for_example: ids };
    log.warn(found, 'another program updates rows without unsetting `grouped`: see docs/guides/store.md');
    return modifiedCount;
  }
}
