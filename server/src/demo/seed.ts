import type { Collections } from '../database/collections.ts';
import { duplicatesIn } from '../database/duplicate-key.ts';
import { demoRows } from './rows.ts';

/** Marks a seed that has begun, so that one killed in the middle is recognized. */
const UNFINISHED = 'demo_unfinished';

/**
 * Fills a store that is empty, or has an unfinished demo, with the demo; leaves any other as it is.
 *
 * @returns whether it did
 */
export async function seedIfEmpty(collections: Collections, now: Date): Promise<boolean> {
  const { db } = collections.users;
  const unfinished = db.collection(UNFINISHED);
  if ((await unfinished.countDocuments()) === 0 && !(await isEmpty(collections))) return false;
  await unfinished.insertOne({ began_at: now });
  const rows = demoRows(now);
  await Promise.all([
    collections.refreshTokens.insertMany(rows.refreshTokens, MISSING).catch(duplicatesIn),
    collections.consents.insertMany(rows.consents, MISSING).catch(duplicatesIn),
    collections.clients.insertMany(rows.clients, MISSING).catch(duplicatesIn),
    collections.users.insertMany(rows.users, MISSING).catch(duplicatesIn),
    collections.projects.insertMany(rows.projects, MISSING).catch(duplicatesIn),
    collections.verificationRecords.insertMany(rows.verificationRecords, MISSING).catch(duplicatesIn),
    collections.organizationScopes.insertMany(rows.organizationScopes, MISSING).catch(duplicatesIn),
    collections.resources.insertMany(rows.resources, MISSING).catch(duplicatesIn),
    collections.resourceScopes.insertMany(rows.resourceScopes, MISSING).catch(duplicatesIn),
    collections.userConsentScopes.insertMany(rows.userConsentScopes, MISSING).catch(duplicatesIn),
  ]);
  await unfinished.drop();
  return true;
}

/** Inserts the rows that are missing, even if others exist. */
const MISSING = { ordered: false } as const;

/** What the demo's authorization server keeps beside the store is in collections whose names begin with this. */
const IDP_PREFIX = 'oidc_';

/** Deletes every row of the store, and whatever the demo's authorization server keeps: nobody stays signed in. */
export async function emptyStore(collections: Collections): Promise<void> {
  const { db } = collections.users;
  const kept = (await db.listCollections()).filter(({ name }) => name.startsWith(IDP_PREFIX));
  await Promise.all([
    ...Object.values(collections).map(({ collection }) => collection.deleteMany({})),
    ...kept.map(({ name }) => db.collection(name).deleteMany({})),
  ]);
}

/** Whether nobody has written a row yet; what the read model stores on its own does not count. */
async function isEmpty(collections: Collections): Promise<boolean> {
  const {
    grants,
    grantParties,
    modelState,
    modelAccounts,
    modelRevocations,
    auditEvents,
    auditEntries,
    ...others
  } = collections;
  const { revocationPreviews, revocationPreviewSets, serverKeys, ...written } = others;
  const rows = await Promise.all(Object.values(written).map(({ collection }) => collection.findOne({})));
  return rows.every((row) => row === null);
}
