import { mongo } from 'mongoose';
import { duplicatesIn } from '../../database/duplicate-key.ts';
import type { Names } from '../rows/grouping.ts';
import type { StoredGrant } from '../rows/store.ts';
import { MARK_FIELDS } from './stored-grant.ts';

type Grants = mongo.Collection<StoredGrant>;

/** A grant in the read model, with the version that was read before its rows. */
export interface Known
  extends Pick<StoredGrant, '_id' | 'grant_hash' | 'status' | 'searchable' | keyof Names> {
  /** Absent in grants written before there were versions. */
  version?: string;
}

/** Inserts grants that the read model lacks; returns the hashes of those that another process inserted meanwhile. */
export async function insertNew(grants: Grants, fresh: StoredGrant[]): Promise<bigint[]> {
  if (fresh.length === 0) return [];
  try {
    await grants.insertMany(fresh, { ordered: false });
    return [];
  } catch (error) {
    return duplicatesIn(error).flatMap((index) => fresh[index]?.grant_hash ?? []);
  }
}

interface Write {
  known: Known;
  grant?: StoredGrant;
}

export interface Replacement extends Write {
  grant: StoredGrant;
}

/**
 * Replaces grants whose version is still the one that was read; returns the hashes of the others. The mark stays.
 */
export function replaceKnown(
  grants: Grants,
  replacements: Replacement[],
  version: string,
): Promise<bigint[]> {
  const mark = Object.fromEntries(MARK_FIELDS.map((field) => [field, `$${field}`]));
  return writeUnchanged(grants, replacements, version, (some) => {
    const written = Object.fromEntries([...some].map(([hash, { grant }]) => [hash, grant]));
    return [{ $replaceWith: { $mergeObjects: [byHash(written), mark] } }];
  });
}

/** Turns grants without rows into tombstones, by the same rule and with the same result. */
export function buryGone(grants: Grants, gone: Known[], version: string): Promise<bigint[]> {
  const tombstone = { status: 'gone', live_until: null, version } as const;
  const update = { $set: tombstone, $currentDate: { gone_at: true } } as const;
  const burials = gone.map((known) => ({ known }));
  return writeUnchanged(grants, burials, version, () => update);
}

/** One statement for many grants is several times as fast as one per grant. */
async function writeUnchanged<Item extends Write>(
  grants: Grants,
  items: Item[],
  version: string,
  updateOf: (some: Map<string, Item>) => mongo.UpdateFilter<StoredGrant> | mongo.Document[],
): Promise<bigint[]> {
  const lost: bigint[] = [];
  for (const some of statements(items)) {
    const knowns = [...some.values()].map(({ known }) => known);
    const { matchedCount } = await grants.updateMany(isUnchanged(knowns), updateOf(some));
    if (matchedCount < some.size) lost.push(...(await lostOf(grants, knowns, version)));
  }
  return lost;
}

/**
 * Only grants that lost are retried: rewriting all would make other processes lose, which would do the same, for ever.
 */
async function lostOf(grants: Grants, knowns: Known[], version: string): Promise<bigint[]> {
  const written = { _id: { $in: knowns.map(({ _id }) => _id) }, version };
  const hashes = new Set(await grants.distinct('grant_hash', written));
  return knowns.map(({ grant_hash }) => grant_hash).filter((hash) => !hashes.has(hash));
}

/**
 * Filter: grants that still have the version that was read. Compared per grant, because a batch may be half written.
 */
function isUnchanged(knowns: Known[]): mongo.Filter<StoredGrant> {
  const read = Object.fromEntries(knowns.map(({ grant_hash, version = null }) => [`${grant_hash}`, version]));
  const isSame = { $eq: [{ $ifNull: ['$version', null] }, byHash(read)] };
  return { _id: { $in: knowns.map(({ _id }) => _id) }, $expr: isSame };
}

function byHash(values: object): object {
  return { $getField: { field: { $toString: '$grant_hash' }, input: { $literal: values } } };
}

/** Splits items into statements that stay below the size limit and contain no hash twice. */
function* statements<Item extends Write>(items: Item[]): Generator<Map<string, Item>> {
  let left = items;
  while (left.length > 0) {
    const some = new Map<string, Item>();
    const rest: Item[] = [];
    let size = 0;
    for (const item of left) {
      const key = `${item.known.grant_hash}`;
      size += mongo.BSON.calculateObjectSize(item.grant ?? item.known);
      if (some.has(key) || (some.size > 0 && size > MAX_BYTES)) rest.push(item);
      else some.set(key, item);
    }
    yield some;
    left = rest;
  }
}

/** A statement may have 16 MB; this one contains every `_id` twice. */
const MAX_BYTES = 4 * 1024 * 1024;
