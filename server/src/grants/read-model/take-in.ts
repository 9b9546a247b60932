import pMap from 'p-map';
import { createIndexesOf } from '../../database/collections.ts';
import { inBatches } from '../rows/batches.ts';
import { canBeConsentId } from '../rows/consent-ids.ts';
import { BY_HASH, type RowFilter } from '../rows/grouping.ts';
import type { Store } from '../rows/store.ts';
import { hasText, readText } from '../rows/values.ts';
import type { ModelContext } from './context.ts';
import {
  COMPLETE,
  claimConsents,
  claimRows,
  filedRows,
  hashesOf,
  isExpired,
  type Look,
  pendingConsents,
  type Seen,
  type SeenConsent,
  settle,
  unclaimedRows,
  type Walked,
} from './pending.ts';
import { REGROUP_BATCH, regroup } from './regroup.ts';

/** Takes in what a look found: claims it, regroups the grants behind it, settles it. */
export async function takeIn(
  model: ModelContext,
  { rows = [], consents = [], overtaken = [], early = [] }: Partial<Look>,
  now: Date,
): Promise<void> {
  const { store } = model;
  const claim = model.newId();
  await Promise.all([
    claimRows(store, unclaimedOf(rows), claim),
    claimConsents(store, unclaimedOf(consents), claim),
  ]);
  const hashes = new Set([...early, ...(await hashesNaming(store, consents))]);
  for (const { hash, stored } of rows) {
    hashes.add(hash);
    if (typeof stored === 'bigint') hashes.add(stored);
  }
  const isOfOthers = ({ claim }: Seen) => claim !== undefined;
  const recount = rows.some(isOfOthers) || consents.some(isOfOthers);
  await Promise.all([regroup(model, hashes, { recount }), expire(model, overtaken, now)]);
  await Promise.all([settle(store.rows, rows, claim), settle(store.consents, consents, claim)]);
}

/**
 * Expires grants of some accounts whose time has passed although nobody touched their rows. Never restores any: grants
 * that are early because a clock was put back are regrouped.
 */
export async function expire(
  { store, versions, newId }: ModelContext,
  account_ids: string[],
  now: Date,
): Promise<void> {
  if (account_ids.length === 0) return;
  const expired = { '_id.account_id': { $in: account_ids }, ...isExpired(now) };
  const set = { $set: { status: 'expired', version: newId() } } as const;
  const byTime = { hint: { status: 1, live_until: 1 } } as const;
  await versions.change(account_ids, () => store.grants.updateMany(expired, set, byTime));
}

function unclaimedOf<Id>(seen: Seen<Id>[]): Id[] {
  return seen.filter(({ claim }) => claim === undefined).map(({ _id }) => _id);
}

/** The hashes of rows that name these consents. */
async function hashesNaming(store: Store, consents: SeenConsent[]): Promise<bigint[]> {
  const ids = consents.map(({ _id }) => _id).filter(canBeConsentId);
  if (ids.length === 0) return [];
  const users = [...new Set(consents.map(({ user_id }) => readText(user_id)))];
  const ofSomebody = { user_id: { $in: users } };
  // A user id that is not a string belongs to nobody, in consents and rows alike.
  const which = users.includes(null) ? { $or: [ofSomebody, { user_id: hasText('') }] } : ofSomebody;
  return hashesOf(store, { ...which, consent_id: { $in: ids } });
}

/** How many rows are claimed at once. */
const STRIDE = 10_000;
/** While the database works on one, the process prepares the next. */
const TWO_AT_A_TIME = { concurrency: 2 } as const;

/**
 * Takes in everything that is pending among some rows, however much it is: claims it first, so that the rows of a grant
 * lie together, then walks through it in the order of the hash. Memory use does not grow with it.
 *
 * @param which rows; an empty filter means all, and takes in pending consents too
 * @param onTaken called with how many were taken in since the last call; it throws to end the work early
 */
export async function takeInAll(
  model: ModelContext,
  which: RowFilter,
  onTaken: (count: number) => Promise<void> = async () => undefined,
): Promise<void> {
  const { store } = model;
  const claim = model.newId();
  const claimStride = async (stride: Seen<string>[]) => {
    await claimRows(
      store,
      stride.map(({ _id }) => _id),
      claim,
    );
    await onTaken(0);
  };
  await pMap(inBatches(unclaimedRows(store, which, STRIDE), STRIDE), claimStride, TWO_AT_A_TIME);
  const takeInSome = async (rows: Walked[]) => {
    await regroup(model, new Set(rows.map(({ hash }) => hash)));
    await settle(store.rows, rows, claim);
    await onTaken(rows.length);
  };
  await pMap(inGrants(filedRows(store, which, STRIDE)), takeInSome, TWO_AT_A_TIME);
  if (Object.keys(which).length > 0) return;
  for await (const consents of inBatches(pendingConsents(store), model.lookLimit)) {
    await takeIn(model, { consents }, model.clock());
    await onTaken(consents.length);
  }
}

/** Rows in the order of their hash, cut at enough grants or enough rows. */
async function* inGrants(rows: AsyncIterable<Walked>): AsyncGenerator<Walked[]> {
  let some: Walked[] = [];
  const hashes = new Set<bigint>();
  for await (const row of rows) {
    const isAnother = !hashes.has(row.hash);
    if ((isAnother && hashes.size === REGROUP_BATCH) || some.length === STRIDE) {
      yield some;
      some = [];
      hashes.clear();
    }
    some.push(row);
    hashes.add(row.hash);
  }
  if (some.length > 0) yield some;
}

/**
 * When the collection of grants was dropped or never existed: makes every row that was ever filed pending, then records
 * in the collection that it contains all other rows. Claims go too, because their processes wrote the grants into the
 * dropped collection.
 */
export async function makePending({ store, collections }: ModelContext): Promise<void> {
  // Dropping a collection drops its indexes.
  await createIndexesOf(collections.grants);
  const met = { grant_hash: { $type: 'long' }, grouped: { $exists: true } } as const;
  await store.rows.updateMany(met, { $unset: { grouped: '' } }, BY_HASH);
  await store.besideGrants.updateOne(COMPLETE, { $setOnInsert: COMPLETE }, { upsert: true });
}
