import { isDeepStrictEqual } from 'node:util';
import { compareIdentities, encodeGrantId } from '../rows/identity.ts';
import { groupIntoGrants } from '../rows/joining.ts';
import type { StoredGrant } from '../rows/store.ts';
import type { GrantModel } from './model.ts';
import { IS_SHOWN, type MARK_FIELDS, toStored } from './stored-grant.ts';

/** A grant on which the read model and the rows disagree. */
export interface Difference {
  grant_id: string;
  /** Undefined if the model has no such grant. */
  model: Content | undefined;
  /** Undefined if there are no such rows. */
  rows: Content | undefined;
}

type Content = Omit<StoredGrant, '_id' | 'version' | 'searchable' | (typeof MARK_FIELDS)[number]>;

/**
 * Compares the read model with direct grouping, grant by grant, and yields every difference. Both come in the order of
 * the six values, so that neither has to fit into memory. During writes, it may report a change in progress.
 */
export async function* differences(model: GrantModel): AsyncGenerator<Difference> {
  await model.refreshWhole();
  const kept = model.grants.find(IS_SHOWN, { allowDiskUse: true }).sort({ _id: 1 })[Symbol.asyncIterator]();
  const grouped = groupedInOrder(model)[Symbol.asyncIterator]();
  // Grouping takes long to return its first grant; an open cursor would time out while it waits.
  let right = await next(grouped);
  let left = await next(kept);
  while (left || right) {
    const order = !left ? 1 : !right ? -1 : compareIdentities(left._id, right._id);
    const difference = compare(order <= 0 ? left : undefined, order >= 0 ? right : undefined);
    if (difference) yield difference;
    if (order <= 0) left = await next(kept);
    if (order >= 0) right = await next(grouped);
  }
}

async function* groupedInOrder({ store, clock }: GrantModel): AsyncGenerator<StoredGrant> {
  for await (const batch of groupIntoGrants(store, {}, clock(), { inOrder: true })) {
    for (const grant of batch) yield toStored(grant, '');
  }
}

async function next(grants: AsyncIterator<StoredGrant>): Promise<StoredGrant | undefined> {
  const { done, value } = await grants.next();
  return done ? undefined : value;
}

/** What differs between a stored grant and the same one grouped from its rows; undefined on either side: none is there. */
export function compare(
  kept: StoredGrant | undefined,
  grouped: StoredGrant | undefined,
): Difference | undefined {
  const identity = kept?._id ?? grouped?._id;
  const model = kept && contentOf(kept);
  const rows = grouped && contentOf(grouped);
  if (!identity || isDeepStrictEqual(model, rows)) return undefined;
  return { grant_id: encodeGrantId(identity), model, rows };
}

function contentOf(grant: StoredGrant): Content {
  const { _id, version, revocation, revoking, suspension, suspended_until, searchable, ...content } = grant;
  return content;
}

/** A difference as JSON; 64-bit integers as text. */
export function writeDifference(difference: Difference): string {
  return JSON.stringify(difference, (_key, value) => (typeof value === 'bigint' ? `${value}` : value));
}
