import { mongo } from 'mongoose';
import type { Collections } from '../../database/collections.ts';
import { nativeCollection } from '../../database/native.ts';
import { type Grant, groupIntoGrants } from '../grouping.ts';
import { encodeGrantId } from '../identity.ts';
import type { AccountVersions } from './accounts.ts';
import { type GrantDocument, toDocument } from './document.ts';
import type { ModelState } from './state.ts';

/** What it takes to write grants into the read model. */
export interface ModelContext {
  collections: Collections;
  state: ModelState;
  versions: AccountVersions;
  /** Decides what has expired. */
  clock: () => Date;
  /** How many grants are grouped and written in one go. */
  batchSize: number;
}

/**
 * Groups the rows behind some hashes anew and writes the grants they make into the read model. Several processes may do
 * this at once to the same grants: of two looks the one numbered later wins, and who loses looks again.
 */
export async function regroup(context: ModelContext, hashes: bigint[]): Promise<void> {
  const { batchSize } = context;
  for (let start = 0; start < hashes.length; start += batchSize) {
    let left = hashes.slice(start, start + batchSize);
    while (left.length > 0) left = await lookAt(context, left);
  }
}

/** Gives the hashes of those that a later look has won. */
async function lookAt(context: ModelContext, hashes: bigint[]): Promise<bigint[]> {
  const grants = nativeCollection<GrantDocument>(context.collections.grants);
  const behind = { grant_hash: { $in: hashes } };
  const look = await context.state.nextLook();
  const [grouped, known] = await Promise.all([
    nativeCollection(context.collections.refreshTokens)
      .aggregate<Grant>(groupIntoGrants(behind, context.clock()))
      .toArray(),
    grants.find(behind, { projection: { _id: 1 } }).toArray(),
  ]);
  const present = new Set(grouped.map(encodeGrantId));
  const gone = known.map(({ _id }) => _id).filter((identity) => !present.has(encodeGrantId(identity)));

  const accounts = [...grouped, ...gone].map(({ account_id }) => account_id);
  return context.versions.change(accounts, async () => {
    const lost = await writeDocuments(
      grants,
      grouped.map((grant) => toDocument(grant, look)),
    );
    if (gone.length === 0) return lost;
    const marked = await markGone(grants, { _id: { $in: gone } }, look);
    return marked === gone.length ? lost : hashes;
  });
}

/** Writes documents of one look, but for those that a later look has won; gives the hashes of these. */
export async function writeDocuments(
  grants: mongo.Collection<GrantDocument>,
  documents: GrantDocument[],
): Promise<bigint[]> {
  if (documents.length === 0) return [];
  const operations = documents.map((document) => ({
    replaceOne: {
      filter: { _id: document._id, look: { $lt: document.look } },
      replacement: document,
      upsert: true,
    },
  }));
  try {
    await grants.bulkWrite(operations, { ordered: false });
    return [];
  } catch (error) {
    return lostTo(error).flatMap((index) => documents[index]?.grant_hash ?? []);
  }
}

/** Where a later look is there, the filter misses it and the upsert meets a document with the same `_id`. */
function lostTo(error: unknown): number[] {
  if (!(error instanceof mongo.MongoBulkWriteError)) throw error;
  const errors = [error.writeErrors].flat();
  if (errors.some(({ code }) => code !== DUPLICATE_KEY)) throw error;
  return errors.map(({ index }) => index);
}

const DUPLICATE_KEY = 11_000;

/** Takes grants that have no row any more out of all lists, unless a later look has found one; gives how many. */
export async function markGone(
  grants: mongo.Collection<GrantDocument>,
  which: mongo.Filter<GrantDocument>,
  look: bigint,
): Promise<number> {
  const { modifiedCount } = await grants.updateMany(
    { ...which, look: { $lt: look } },
    { $set: { status: 'gone', live_until: null, look }, $currentDate: { gone_at: true } },
  );
  return modifiedCount;
}
