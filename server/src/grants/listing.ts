import { isDeepStrictEqual } from 'node:util';
import { equals } from '../database/filters.ts';
import type { Versions } from './read-model/accounts.ts';
import { correctNames } from './read-model/correct-names.ts';
import type { GrantModel } from './read-model/model.ts';
import {
  type GrantList,
  type Position,
  positionOf,
  storedGrantsOf,
  stretchesAfter,
  stretchesOf,
} from './read-model/ordering.ts';
import { readPage } from './read-model/page.ts';
import {
  fromStored,
  IS_SHOWN,
  SHOWN_FIELDS,
  type ShownFields,
  type ShownGrant,
} from './read-model/stored-grant.ts';
import { slicesOf } from './rows/batches.ts';
import { GRANT_STATUSES, rowsOfIdentities } from './rows/grouping.ts';
import { checkedIdentity, type GrantIdentity } from './rows/identity.ts';

export interface GrantListing extends GrantList {
  limit: number;
  /** How many grants precede the page. */
  offset: number;
  /** Where the previous page ended; the offset then counts from there. */
  after?: Position | undefined;
}

export interface GrantPage {
  grants: ShownGrant[];
  total_count: number;
  /** Where the page ended; undefined if nothing follows. */
  end: Position | undefined;
}

/** How many times a list is read at most, if its account changes while it is read. */
const MAX_TRIES = 3;

/**
 * One page of the selected grants, and their total, both from one state of the account. Only while it changes faster
 * than it can be read may they be a moment apart.
 */
export async function listGrants(model: GrantModel, listing: GrantListing): Promise<GrantPage> {
  const { account_id } = listing.filter;
  await model.refresh(account_id);
  let versions = await model.versions.recentlyOf(account_id);
  let tries = 0;
  for (;;) {
    const [found, total_count] = await Promise.all([
      readOneMore(model, listing),
      count(model, listing, versions),
    ]);
    const shown = found.map(({ grant }) => grant);
    const after = await correctNames(model, shown, account_id);
    const isOneState = versions !== undefined && isDeepStrictEqual(versions, after.versions);
    versions = after.versions;
    tries += 1;
    if (!(after.wereRight && isOneState) && tries < MAX_TRIES) continue;
    const page = found.slice(0, listing.limit);
    const last = found.length > page.length ? page.at(-1) : undefined;
    return {
      grants: page.flatMap(({ grant }) => fromStored(grant) ?? []),
      total_count,
      end: last && positionOf(last.grant, last.stretch, listing),
    };
  }
}

/** The grant with these six values; undefined if no row has them. */
export async function findGrant(model: GrantModel, identity: GrantIdentity): Promise<ShownGrant | undefined> {
  await model.refresh(identity.account_id);
  for (;;) {
    const stored = await model.grants.findOne<ShownFields>(
      { _id: checkedIdentity(identity) },
      { projection: SHOWN_FIELDS },
    );
    if (!stored) return undefined;
    const { wereRight } = await correctNames(model, [stored], identity.account_id);
    if (wereRight) return fromStored(stored);
  }
}

/**
 * Returns which of these grants no row has. For a revocation, so it waits for no backlog. Long values are split over
 * several queries, so that other requests get their turn in between.
 */
export async function missingGrants(
  model: GrantModel,
  identities: GrantIdentity[],
): Promise<GrantIdentity[]> {
  const missing: GrantIdentity[] = [];
  for (const slice of slicesOf(identities)) {
    const asked = new Map(slice.map((identity) => [JSON.stringify(identity), identity]));
    const some = [...asked.values()].map(checkedIdentity);
    const account_ids = [...new Set(some.map(({ account_id }) => account_id))];
    await model.bringIn(rowsOfIdentities(some), account_ids);
    const present = { _id: { $in: some }, ...IS_SHOWN };
    const found = await model.grants.find(present, { projection: { _id: 1 } }).toArray();
    for (const { _id } of found) asked.delete(JSON.stringify(_id));
    missing.push(...asked.values());
  }
  return missing;
}

/** The page and one more grant, which tells whether anything follows. */
function readOneMore(model: GrantModel, listing: GrantListing) {
  const { after, offset, limit } = listing;
  const stretches = after ? stretchesAfter(listing, after) : stretchesOf(listing);
  return readPage(model.grants, stretches, { offset, limit: limit + 1 });
}

/** Counted by status, because the index starts with it. A use changes no status, but which grants are unused. */
async function count(model: GrantModel, list: GrantList, versions: Versions | undefined): Promise<number> {
  const statuses = list.status === 'all' ? GRANT_STATUSES : [list.status];
  const version = list.unused_since ? versions?.version : versions?.count_version;
  const filter = storedGrantsOf(list);
  const counts = await Promise.all(
    statuses.map((status) => model.counts.count({ ...filter, status: equals(status) }, version)),
  );
  return counts.reduce((sum, one) => sum + one, 0);
}
