import pMap from 'p-map';
import { inBatches } from '../rows/batches.ts';
import { BY_HASH, IS_MISFILED, REFILED } from '../rows/grouping.ts';
import { groupIntoGrants } from '../rows/joining.ts';
import type { StoredGrant } from '../rows/store.ts';
import { buryGone, insertNew, type Known, type Replacement, replaceKnown } from './compare-and-set.ts';
import type { ModelContext } from './context.ts';
import { markNew } from './mark.ts';
import { storeParties } from './parties.ts';
import { toStored } from './stored-grant.ts';

/** How many batches run at a time: the database groups one while it writes another. */
const AT_A_TIME = { concurrency: 4 } as const;

/** The most grants regrouped at once; few enough that a thousand make several batches. */
export const REGROUP_BATCH = 500;

/**
 * Groups the rows with some hashes again and writes the resulting grants into the read model. Several processes may
 * regroup the same grants at once: one that finds another version than it read has lost, and retries.
 *
 * @param recount whether totals may change although no grant changes its status here: another process may have written
 * it before, without having said so yet
 */
export async function regroup(
  model: ModelContext,
  hashes: Iterable<bigint> | AsyncIterable<bigint>,
  { recount = true } = {},
): Promise<void> {
  const untilWritten = async (batch: bigint[]) => {
    let left = batch;
    while (left.length > 0) left = await regroupOnce(model, left, recount);
  };
  await pMap(inBatches(hashes, Math.min(model.batchSize, REGROUP_BATCH)), untilWritten, AT_A_TIME);
}

/** Returns the hashes of grants that lost. Reads versions first, so that the rows are as a version says, or newer. */
async function regroupOnce(model: ModelContext, hashes: bigint[], recount: boolean): Promise<bigint[]> {
  const { store, versions } = model;
  const known = await readKnown(model, hashes);
  const version = model.newId();
  const { grants, misfiled } = await group(model, hashes, version);
  if (misfiled.length > 0) return refile(model, [...new Set([...hashes, ...misfiled])]);

  const gone = new Map(known.map((one) => [keyOf(one), one]));
  const fresh: StoredGrant[] = [];
  const replacements: Replacement[] = [];
  for (const grant of grants) {
    const before = gone.get(keyOf(grant));
    gone.delete(keyOf(grant));
    if (before) replacements.push({ known: before, grant });
    else fresh.push(grant);
  }
  const buried = [...gone.values()].filter(({ status }) => status !== 'gone');
  const isRecount =
    recount ||
    fresh.length + buried.length > 0 ||
    replacements.some(({ known: { status }, grant }) => status !== grant.status);

  const renamed = replacements.filter(lacksParties).map(({ grant }) => grant);

  const write = async () => {
    await Promise.all([markNew(store, fresh), storeParties(store, [...fresh, ...renamed])]);
    const lost = await Promise.all([
      insertNew(store.grants, fresh),
      replaceKnown(store.grants, replacements, version),
      buryGone(store.grants, buried, version),
    ]);
    return [...new Set(lost.flat())];
  };
  const accounts = [...grants, ...buried].map(({ _id }) => _id.account_id);
  return versions.change(accounts, write, { recount: isRecount });
}

/** Whether the parties of a grant may not be stored, or not by these names. */
function lacksParties({ known, grant }: Replacement): boolean {
  if (known.status === 'gone' || !known.searchable) return true;
  return NAMES.some((name) => known[name] !== grant[name]);
}

const NAMES = ['client_name', 'user_name', 'user_email'] as const;

function readKnown({ store }: ModelContext, hashes: bigint[]): Promise<Known[]> {
  const names = { client_name: 1, user_name: 1, user_email: 1 };
  const projection = { version: 1, status: 1, grant_hash: 1, searchable: 1, ...names };
  const batchSize = hashes.length + 1;
  return store.grants.find<Known>({ grant_hash: { $in: hashes } }, { projection, batchSize }).toArray();
}

/** The grants, and the hashes of those whose rows have another one's: their writer copied it from a row of that. */
async function group({ store, clock }: ModelContext, hashes: bigint[], version: string) {
  const grants: StoredGrant[] = [];
  const misfiled: bigint[] = [];
  for await (const batch of groupIntoGrants(store, { grant_hash: { $in: hashes } }, clock())) {
    for (const grant of batch) {
      const stored = grant.stored_hashes.filter((hash) => typeof hash === 'bigint');
      if (stored.some((hash) => hash !== grant.grant_hash)) misfiled.push(grant.grant_hash, ...stored);
      grants.push(toStored(grant, version));
    }
  }
  return { grants, misfiled };
}

const keyOf = ({ _id }: Pick<StoredGrant, '_id'>) => JSON.stringify(_id);

/** Gives misfiled rows their own hash and leaves them pending; returns the hashes to regroup next. */
async function refile({ store }: ModelContext, hashes: bigint[]): Promise<bigint[]> {
  const misfiled = { grant_hash: { $in: hashes }, ...IS_MISFILED };
  await store.rows.updateMany(misfiled, REFILED, BY_HASH);
  return hashes;
}
