import type { mongo } from 'mongoose';
import type { RevocationBatch, StoredGrant, Suspension } from '../rows/store.ts';
import type { ModelContext } from './context.ts';
import { IS_NOT_SUSPENDED, LASTS, lasts, markOf, NOT_SUSPENDED } from './mark.ts';
import { regroup } from './regroup.ts';

/** Filter: stored grants that tokens are issued from. */
export const IS_LIVE = {
  $or: [{ status: 'active' }, { in_rotation: true }],
} satisfies mongo.Filter<StoredGrant>;

/**
 * Marks the grant of a suspension, unless a revocation of it is under way.
 *
 * @returns `suspended` if it is marked; else why not: `revoking` while it is being revoked, `inactive` if no token of it
 * is live, `ended` if the suspension is over
 */
export async function raiseSuspension(
  model: ModelContext,
  suspension: Suspension,
): Promise<'suspended' | 'revoking' | 'inactive' | 'ended'> {
  const { grants } = model.store;
  const { _id, grant, grant_hash } = suspension;
  const raise = () =>
    grants.updateOne(
      { _id: grant, revoking: { $ne: true }, ...IS_LIVE },
      { $set: { ...markOf(suspension), version: model.newId() } },
    );
  if ((await raise()).matchedCount === 0) {
    const find = () => grants.findOne({ _id: grant }, { projection: { revoking: 1, suspension: 1 } });
    let known = await find();
    if (!known) {
      // The collection was dropped. Grants that are inserted get their mark.
      await regroup(model, [grant_hash]);
      known = await find();
    }
    if (known?.suspension !== undefined && known.suspension !== _id) {
      // That of one before it, which has ended without having freed the grant.
      await lowerSuspension(model, { _id: known.suspension, grant });
      await raise();
      known = await find();
    }
    if (known?.suspension !== _id) return known?.revoking ? 'revoking' : 'inactive';
  }
  // It may have ended before the grant was marked.
  if (await lasts(model.store, _id)) return 'suspended';
  await lowerSuspension(model, suspension);
  return 'ended';
}

/** Ends the mark of a suspension, unless a revocation has taken it over. */
export async function lowerSuspension(
  { store, newId }: ModelContext,
  { _id, grant }: Pick<Suspension, '_id' | 'grant'>,
): Promise<void> {
  await store.grants.updateOne(
    { _id: grant, suspension: _id },
    { $set: { version: newId() }, $unset: { revoking: '', ...NOT_SUSPENDED } },
  );
}

/** Writes down that suspensions have ended. */
export async function endSuspensions(
  { store, clock }: ModelContext,
  ended: readonly Suspension[],
  how: NonNullable<Suspension['ended']>,
): Promise<void> {
  if (ended.length === 0) return;
  const which = { _id: { $in: ended.map(({ _id }) => _id) }, ...LASTS };
  await store.suspensions.updateMany(which, { $set: { ended_at: clock(), ended: how } });
}

/** Ends the suspensions of grants that have no live token any more; returns the others. */
export async function endWithoutTokens(
  model: ModelContext,
  suspensions: readonly Suspension[],
  how: 'revoked' | 'lapsed',
): Promise<readonly Suspension[]> {
  if (suspensions.length === 0) return suspensions;
  const which = { _id: { $in: suspensions.map(({ grant }) => grant) }, ...IS_LIVE };
  const live = await model.store.grants.find(which, { projection: { _id: 1 } }).toArray();
  const ids = new Set(live.map(({ _id }) => JSON.stringify(_id)));
  const isLive = ({ grant }: Suspension) => ids.has(JSON.stringify(grant));
  const ended = suspensions.filter((one) => !isLive(one));
  await endSuspensions(model, ended, how);
  return suspensions.filter(isLive);
}

/** Gives the mark of a batch back to suspensions that outlast it. */
export async function returnMark(
  model: ModelContext,
  { mark }: RevocationBatch,
  suspensions: readonly Suspension[],
): Promise<void> {
  const { store, newId } = model;
  for (const suspension of suspensions) {
    const marked = { _id: suspension.grant, revocation: mark, revoking: true, ...IS_NOT_SUSPENDED };
    await store.grants.updateOne(marked, { $set: { ...markOf(suspension), version: newId() } });
    if (!(await lasts(store, suspension._id))) await lowerSuspension(model, suspension);
  }
}
