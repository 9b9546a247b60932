import type { mongo } from 'mongoose';
import pMap from 'p-map';
import type { Collections } from '../../database/collections.ts';
import { nativeCollection } from '../../database/native.ts';
import { inBatches } from '../batches.ts';
import { BY_HASH, hashOfRow, IS_MISFILED, type RowFilter } from '../grouping.ts';
import { encodeGrantId } from '../identity.ts';
import { groupIntoGrants } from '../joining.ts';
import type { AccountVersions } from './accounts.ts';
import { type GrantDocument, toDocument } from './document.ts';
import { Intakes } from './intakes.ts';
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
  const misfiled = new Set<bigint>();
  const [documents, known] = await Promise.all([
    group(context, behind, look, misfiled),
    grants.find(behind, { projection: { status: 1 } }).toArray(),
  ]);
  if (misfiled.size > 0) return refile(context, [...new Set([...hashes, ...misfiled])]);
  const present = new Set(documents.map(({ _id }) => encodeGrantId(_id)));
  const statuses = new Map(known.map(({ _id, status }) => [encodeGrantId(_id), status]));
  const gone = known.filter(({ _id }) => !present.has(encodeGrantId(_id)));

  const recount =
    documents.some(({ _id, status }) => statuses.get(encodeGrantId(_id)) !== status) ||
    gone.some(({ status }) => status !== 'gone');
  const write = async () => {
    const isKnown = ({ _id }: GrantDocument) => statuses.has(encodeGrantId(_id));
    const lost = await writeDocuments(grants, documents, look, isKnown);
    if (gone.length === 0) return lost;
    const marked = await markGone(grants, { _id: { $in: gone.map(({ _id }) => _id) } }, look);
    return marked === gone.length ? lost : hashes;
  };
  const accounts = [...documents, ...gone].map(({ _id }) => _id.account_id);
  return versions.change(accounts, write, { recount });
}

async function group(
  { collections, clock }: ModelContext,
  rows: RowFilter,
  look: bigint,
  misfiled: Set<bigint>,
): Promise<GrantDocument[]> {
  const documents: GrantDocument[] = [];
  const onMisfiled = (hashes: bigint[]) => {
    for (const hash of hashes) misfiled.add(hash);
  };
  for await (const batch of groupIntoGrants(collections, rows, clock(), { onMisfiled })) {
    documents.push(...batch.map((grant) => toDocument(grant, look)));
  }
  return documents;
}

/** Gives rows their own hash that have another's; gives the hashes to look at then. */
async function refile({ collections }: ModelContext, hashes: bigint[]): Promise<bigint[]> {
  await new Intakes(collections).record({ hashes });
  await nativeCollection(collections.refreshTokens).updateMany(
    { grant_hash: { $in: hashes }, ...IS_MISFILED },
    [{ $set: { grant_hash: hashOfRow() } }],
    BY_HASH,
  );
  return hashes;
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
