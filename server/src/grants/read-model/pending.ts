import type { mongo } from 'mongoose';
import type { ConsentId } from '../rows/consent-ids.ts';
import { hashOfRow, type RowFilter } from '../rows/grouping.ts';
import type { Row, Store } from '../rows/store.ts';

/*
 * The steps around regrouping: look for what is pending, claim it, settle it. A row without `grouped`, which every
 * writer leaves out or unsets, is pending; so is a claimed row, whichever process claimed it.
 */

/** A pending row or consent, and the claim it had when it was seen. */
export interface Seen<Id = ConsentId> {
  _id: Id;
  claim?: string;
}

/** A row, with the hash of its six values. */
export interface Walked extends Seen<string> {
  hash: bigint;
}

interface SeenRow extends Walked {
  /** The hash stored in the row: another grant's, if it was copied with the row. */
  stored?: unknown;
}

export interface SeenConsent extends Seen {
  user_id?: unknown;
}

/** What a refresh has to take in. */
export interface Look {
  rows: SeenRow[];
  consents: SeenConsent[];
  /** Accounts with a grant that has expired but still has another status. */
  overtaken: string[];
  /** The hashes of grants with the status expired that are not expired: some clock was put back. */
  early: bigint[];
  /** Whether there may be more rows or consents than the limit. */
  isFull: boolean;
  /** Whether everything that is not pending is in the collection of grants: false after it was dropped. */
  isComplete: boolean;
}

export const IS_PENDING = { 'grouped.done': null } as const;
const IS_UNCLAIMED = { ...IS_PENDING, 'grouped.claim': null } as const;
/** A row without a hash, whatever claim was copied into it, would be missed when its grant is regrouped. */
const IS_UNFILED = {
  ...IS_PENDING,
  $or: [{ 'grouped.claim': null }, { grant_hash: { $not: { $type: 'long' } } }],
};
const CLAIM_OF_FILED = { $cond: [{ $eq: [{ $type: '$grant_hash' }, 'long'] }, '$grouped.claim', '$$REMOVE'] };

const BY_ID = { hint: { _id: 1 } } as const;

type Rows = mongo.Collection<Row>;

/** Stored in the collection of grants, so that it goes when the collection is dropped. */
export const COMPLETE = { _id: 'every row that is not pending is in here' };

type Found =
  | ({ kind: 'row' } & SeenRow)
  | ({ kind: 'consent' } & SeenConsent)
  | { kind: 'overtaken'; account_id: string }
  | { kind: 'early'; hash: bigint }
  | { kind: 'complete' };

interface LookOptions {
  now: Date;
  /** The most rows, consents and early grants to find. */
  limit: number;
  /** Limits the look to one account; undefined for all. */
  account_id?: string | undefined;
}

/** Looks for what is pending, in one command: when nothing is pending, commands are what a refresh costs. */
export async function look(store: Store, { now, limit, account_id }: LookOptions): Promise<Look> {
  const of = account_id === undefined ? {} : { account_id };
  const ofGrants = account_id === undefined ? {} : { '_id.account_id': account_id };
  const pipeline = [
    { $match: { ...of, ...IS_PENDING } },
    { $limit: limit },
    { $project: { kind: 'row', claim: CLAIM_OF_FILED, stored: '$grant_hash', hash: hashOfRow() } },
    union(store.consents, [
      { $match: { ...of, ...IS_PENDING } },
      { $limit: limit },
      { $project: { kind: 'consent', ...SEEN, user_id: 1 } },
    ]),
    union(store.grants, [
      { $match: { ...ofGrants, ...isExpired(now) } },
      { $group: { _id: '$_id.account_id' } },
      { $project: { _id: 0, kind: 'overtaken', account_id: '$_id' } },
    ]),
    union(store.grants, [
      { $match: { ...ofGrants, status: 'expired', live_until: { $gt: now } } },
      { $limit: limit },
      { $project: { _id: 0, kind: 'early', hash: '$grant_hash' } },
    ]),
    union(store.grants, [{ $match: COMPLETE }, { $project: { kind: 'complete' } }]),
  ];
  const found = await store.rows.aggregate<Found>(pipeline, { batchSize: 10_000 }).toArray();
  const seen: Look = { rows: [], consents: [], overtaken: [], early: [], isFull: false, isComplete: false };
  for (const one of found) {
    if (one.kind === 'row') seen.rows.push(one);
    else if (one.kind === 'consent') seen.consents.push(one);
    else if (one.kind === 'overtaken') seen.overtaken.push(one.account_id);
    else if (one.kind === 'early') seen.early.push(one.hash);
    else seen.isComplete = true;
  }
  return { ...seen, isFull: seen.rows.length === limit || seen.consents.length === limit };
}

const SEEN = { claim: '$grouped.claim' };

/** Filter: grants that have expired by now without having that status yet. */
export function isExpired(now: Date) {
  return { status: 'active', live_until: { $lte: now } } as const;
}

function union({ collectionName: coll }: { collectionName: string }, pipeline: object[]): object {
  return { $unionWith: { coll, pipeline } };
}

/** Filter: rows with these ids, of any type. */
function among(ids: ConsentId[]): RowFilter {
  return { _id: { $in: ids } };
}

/** Claims rows that are unclaimed, and files them: each gets the hash of its six values. */
export async function claimRows({ rows }: Store, ids: string[], claim: string): Promise<void> {
  if (ids.length === 0) return;
  const set = { grouped: claimed(claim), grant_hash: hashOfRow() };
  await rows.updateMany({ ...among(ids), ...IS_UNFILED }, [{ $set: set }], BY_ID);
}

export async function claimConsents({ consents }: Store, ids: ConsentId[], claim: string): Promise<void> {
  if (ids.length === 0) return;
  const set = { grouped: claimed(claim) };
  await consents.updateMany({ ...among(ids), ...IS_UNCLAIMED }, [{ $set: set }], BY_ID);
}

/** In a pipeline, `$set` would merge a plain object into what is there. */
function claimed(claim: string): object {
  return { $mergeObjects: [{ claim: { $literal: claim }, at: '$updated_at' }] };
}

/**
 * Settles what is now in the read model: each item that still has the claim it was seen with, or the one it got then.
 * Anything written since has no claim.
 */
export async function settle(rows: Rows, seen: Seen[], own: string): Promise<void> {
  const byClaim = new Map<string, ConsentId[]>();
  for (const { _id, claim = own } of seen) {
    const ids = byClaim.get(claim);
    if (ids) ids.push(_id);
    else byClaim.set(claim, [_id]);
  }
  const settleEach = ([claim, ids]: [string, ConsentId[]]) => settleClaimed(rows, among(ids), claim, BY_ID);
  await Promise.all([...byClaim].map(settleEach));
}

/** Settles everything that has a claim, among some rows. */
export async function settleClaimed(
  rows: Rows,
  which: RowFilter,
  claim: string,
  options: mongo.UpdateOptions,
): Promise<void> {
  const done = { $set: { 'grouped.done': true }, $unset: { 'grouped.claim': '' } } as const;
  await rows.updateMany({ ...which, 'grouped.claim': claim }, done, options);
}

/** Rows not claimed yet, by id. */
export function unclaimedRows(
  { rows }: Store,
  which: RowFilter,
  batchSize: number,
): AsyncIterable<Seen<string>> {
  return rows.find<Seen<string>>({ $and: [which, IS_UNFILED] }, { projection: { _id: 1 }, batchSize });
}

/**
 * Pending rows that have been filed, in the order of their hash, so that a grant's rows lie together. The database
 * sorts them: an index in that order would have entries that move. A row written since it was claimed is included,
 * because what was written before must be in the model too.
 */
export function filedRows({ rows }: Store, which: RowFilter, batchSize: number): AsyncIterable<Walked> {
  const filed = { ...IS_PENDING, grant_hash: { $type: 'long' } };
  return rows.aggregate<Walked>(
    [
      { $match: { $and: [which, filed] } },
      { $project: { ...SEEN, hash: '$grant_hash' } },
      { $sort: { hash: 1 } },
    ],
    { allowDiskUse: true, batchSize },
  );
}

export function pendingConsents({ consents }: Store): AsyncIterable<SeenConsent> {
  return consents.find<SeenConsent>(IS_PENDING, { projection: { ...SEEN, user_id: 1 }, batchSize: 1_000 });
}

/** The hashes stored in some rows. */
export async function hashesOf({ rows }: Store, which: RowFilter): Promise<bigint[]> {
  const hashes: unknown[] = await rows.distinct('grant_hash', which);
  return hashes.filter((hash) => typeof hash === 'bigint');
}
