import type { mongo } from 'mongoose';
import pMap from 'p-map';
import type { Collections } from '../../database/collections.ts';
import { nativeCollection } from '../../database/native.ts';
import { inBatches } from '../batches.ts';
import type { RowFilter } from '../grouping.ts';
import { encodeGrantId } from '../identity.ts';
import { groupIntoGrants } from '../joining.ts';
import type { AccountVersions } from './accounts.ts';
import { type GrantDocument, toDocument } from './document.ts';
import type { ModelState } from './state.ts';
import { writeDocuments } from './write.ts';

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

/** How many batches are under way at a time: the database groups one while it writes another. */
export const AT_A_TIME = { concurrency: 4 } as const;

/** How many grants are regrouped in one go, at most; few enough that a thousand make several batches. */
const REGROUP_BATCH = 500;

/**
 * Groups the rows behind some hashes anew and writes the grants they make into the read model. Several processes may do
 * this at once to the same grants: of two looks the one numbered later wins, and who loses looks again.
 */
export async function regroup(context: ModelContext, hashes: bigint[]): Promise<void> {
  const relook = async (batch: bigint[]) => {
    let left = batch;
    while (left.length > 0) left = await lookAt(context, left);
  };
  await pMap(inBatches(hashes, Math.min(context.batchSize, REGROUP_BATCH)), relook, AT_A_TIME);
}

/** Gives the hashes of those that a later look has won. */
async function lookAt(context: ModelContext, hashes: bigint[]): Promise<bigint[]> {
  const { collections, state, versions } = context;
  const grants = nativeCollection<GrantDocument>(collections.grants);
  const behind = { grant_hash: { $in: hashes } };
  const look = await state.nextLook();
  const [documents, known] = await Promise.all([
    group(context, behind, look),
    grants.find(behind, { projection: { _id: 1 } }).toArray(),
  ]);
  const knownIds = new Set(known.map(({ _id }) => encodeGrantId(_id)));
  const present = new Set(documents.map(({ _id }) => encodeGrantId(_id)));
  const gone = known.map(({ _id }) => _id).filter((identity) => !present.has(encodeGrantId(identity)));

  const accounts = [...documents.map(({ _id }) => _id), ...gone].map(({ account_id }) => account_id);
  return versions.change(accounts, async () => {
    const isKnown = ({ _id }: GrantDocument) => knownIds.has(encodeGrantId(_id));
    const lost = await writeDocuments(grants, documents, look, isKnown);
    if (gone.length === 0) return lost;
    const marked = await markGone(grants, { _id: { $in: gone } }, look);
    return marked === gone.length ? lost : hashes;
  });
}

async function group(
  { collections, clock }: ModelContext,
  rows: RowFilter,
  look: bigint,
): Promise<GrantDocument[]> {
  const documents: GrantDocument[] = [];
  for await (const batch of groupIntoGrants(collections, rows, clock())) {
    documents.push(...batch.map((grant) => toDocument(grant, look)));
  }
  return documents;
}

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
