import type { Collections } from '../database/collections.ts';
import { demoRows } from './rows.ts';

/** Where a seed notes that it has begun, so that one that was killed in the middle is known for what it is. */
const UNFINISHED = 'demo_unfinished';

/**
 * Fills an empty store with the demo and leaves any other as it is, but for a demo that was not finished.
 * Gives whether it did.
 */
export async function seedIfEmpty(collections: Collections, now: Date): Promise<boolean> {
  const { db } = collections.users;
  const unfinished = db.collection(UNFINISHED);
  if ((await unfinished.countDocuments()) === 0 && !(await isEmpty(collections))) return false;
  await unfinished.insertOne({ began_at: now });
  await emptyStore(collections);
  const rows = demoRows(now);
  await Promise.all([
    collections.refreshTokens.insertMany(rows.refreshTokens),
    collections.consents.insertMany(rows.consents),
    collections.clients.insertMany(rows.clients),
    collections.users.insertMany(rows.users),
    collections.verificationRecords.insertMany(rows.verificationRecords),
    collections.organizationScopes.insertMany(rows.organizationScopes),
    collections.resources.insertMany(rows.resources),
    collections.resourceScopes.insertMany(rows.resourceScopes),
    collections.userConsentScopes.insertMany(rows.userConsentScopes),
  ]);
  await unfinished.drop();
  return true;
}

/** Deletes every row of the store. */
export async function emptyStore(collections: Collections): Promise<void> {
  await Promise.all(Object.values(collections).map(({ collection }) => collection.deleteMany({})));
}

async function isEmpty(collections: Collections): Promise<boolean> {
  const rows = await Promise.all(Object.values(collections).map(({ collection }) => collection.findOne({})));
  return rows.every((row) => row === null);
}
