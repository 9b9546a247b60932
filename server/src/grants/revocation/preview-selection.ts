import type { mongo } from 'mongoose';
import { READ_LIMIT_MS } from '../../database/connect.ts';
import { equals } from '../../database/filters.ts';
import type { GrantModel } from '../read-model/model.ts';
import { storedGrantsOf } from '../read-model/ordering.ts';
import { IS_SHOWN } from '../read-model/stored-grant.ts';
import { inBatches, slicesOf } from '../rows/batches.ts';
import { rowsOfGrants, rowsOfIdentities } from '../rows/grouping.ts';
import { checkedIdentity, compareIdentities, compareText, type GrantIdentity } from '../rows/identity.ts';
import type { StoredGrant } from '../rows/store.ts';
import { BATCH, IN_ROTATION } from './by-filter.ts';
import type { PreviewedGrant, Selection } from './preview-store.ts';
import { unusedOf } from './unused.ts';

/** A selected grant, as it is now. */
export interface SelectedGrant extends PreviewedGrant {
  granted_at: Date;
}

const PROJECTION = { grant_hash: 1, status: 1, in_rotation: 1, granted_at: 1 } as const;
type Found = Pick<StoredGrant, '_id' | keyof typeof PROJECTION>;

/** By user first, so that the grants that can share a consent lie together. */
const ORDER = { '_id.user_id': 1, _id: 1 } as const;

/** Orders grants as `selectedGrants` returns them. */
export function compareGrants(left: GrantIdentity, right: GrantIdentity): number {
  return compareText(left.user_id, right.user_id) || compareIdentities(left, right);
}

/**
 * Brings the read model up to date with the grants that a filter selects. Like a revocation, a preview waits for no
 * backlog.
 */
export async function bringInSelected(model: GrantModel, { filter }: Selection): Promise<void> {
  await model.bringIn(rowsOfGrants(filter), [filter.account_id]);
}

/**
 * The grants that a filter and a status select now, in order. A grant between two tokens is among the active ones,
 * whatever its stored status: until the next token is there, its rows look revoked.
 */
export async function* selectedGrants(
  { store, batchSize }: GrantModel,
  selection: Selection,
): AsyncGenerator<SelectedGrant> {
  const { status } = selection;
  const found = store.grants
    .find<Found>(
      { ...storedGrantsOf(selection), ...withStatus(status) },
      { projection: PROJECTION, batchSize, maxTimeMS: READ_LIMIT_MS },
    )
    .sort(ORDER)
    .allowDiskUse(true);
  for await (const batch of inBatches(found, Math.min(batchSize, BATCH))) {
    for (const one of await unusedOf(store, batch, selection)) {
      const grant = toSelected(one);
      if (grant)
        yield status === 'active' && one.status !== 'active' ? { ...grant, is_uncounted: true } : grant;
    }
  }
}

function withStatus(status: Selection['status']): mongo.Filter<StoredGrant> {
  if (status === 'all') return IS_SHOWN;
  if (status !== 'active') return { status: equals(status) };
  return { $or: [{ status: equals(status) }, IN_ROTATION] };
}

/** Those of these grants that are there now, in the order that they are given in, which must be ours. */
export async function* grantsWithIdentity(
  model: GrantModel,
  identities: Iterable<GrantIdentity>,
  { isFresh }: { isFresh: boolean },
): AsyncGenerator<SelectedGrant> {
  for (const slice of slicesOf(identities)) {
    const some = slice.map(checkedIdentity);
    const account_ids = [...new Set(some.map(({ account_id }) => account_id))];
    if (!isFresh) await model.bringIn(rowsOfIdentities(some), account_ids);
    const found = await model.grants
      .find<Found>(
        { _id: { $in: some }, ...IS_SHOWN },
        { projection: PROJECTION, batchSize: some.length + 1 },
      )
      .sort(ORDER)
      .toArray();
    for (const one of found) {
      const grant = toSelected(one);
      if (grant) yield grant;
    }
  }
}

function toSelected({ _id, grant_hash, status, in_rotation, granted_at }: Found): SelectedGrant | undefined {
  if (status === 'gone') return undefined;
  return { identity: _id, grant_hash, status: in_rotation ? 'active' : status, granted_at };
}
