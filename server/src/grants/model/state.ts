import type { Collections } from '../../database/collections.ts';
import { nativeCollection } from '../../database/native.ts';

interface ModelState {
  _id: string;
  /** Rows written before this moment are in the read model; undefined before it was first built. */
  watermark?: Date;
}

const ID = 'grants';

/** How far the read model has come, and the time by the database's own clock. */
export async function readState(collections: Collections): Promise<{ watermark?: Date; time: Date }> {
  const states = nativeCollection<ModelState>(collections.modelState);
  const pipeline = [{ $match: { _id: ID } }, { $set: { time: '$$NOW' } }];
  const [state] = await states.aggregate<ModelState & { time: Date }>(pipeline).toArray();
  if (state) return state;
  await states.updateOne({ _id: ID }, { $setOnInsert: { _id: ID } }, { upsert: true });
  return readState(collections);
}

/** Remembers that all rows written before a moment are in the read model. It never goes back. */
export async function advanceWatermark(collections: Collections, watermark: Date): Promise<void> {
  await nativeCollection<ModelState>(collections.modelState).updateOne({ _id: ID }, { $max: { watermark } });
}
