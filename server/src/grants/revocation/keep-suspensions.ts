import { isOlder } from '../../database/lease.ts';
import { recorded } from '../audit/record.ts';
import { LASTS, lasts } from '../read-model/mark.ts';
import type { GrantModel } from '../read-model/model.ts';
import {
  endSuspensions,
  endWithoutTokens,
  IS_LIVE,
  lowerSuspension,
  raiseSuspension,
} from '../read-model/suspended.ts';
import { inBatches } from '../rows/batches.ts';
import { rowsOfIdentities } from '../rows/grouping.ts';
import type { Suspension } from '../rows/store.ts';
import { eventOf } from './batch.ts';
import { revokeByIdentity } from './by-identity.ts';

/** How many suspensions are compared with their grants at once. */
const AT_ONCE = 500;

/** When a server that began to revoke a grant counts as cut off, in milliseconds. */
const PATIENCE = 60_000;

/**
 * Revokes the grants that nobody restored in time, and ends the suspensions of grants without a live token. Where a crash
 * came between a suspension and its mark, or the stored grants were dropped, marks or frees the grant. Any server may do
 * it, and several at once.
 *
 * @param patience how long the revocation of one grant may take, in milliseconds of the database's clock
 */
export async function keepSuspensions(model: GrantModel, patience = PATIENCE): Promise<void> {
  await revokeOverdue(model, patience);
  for await (const some of inBatches(model.store.suspensions.find(LASTS), AT_ONCE)) {
    await endLapsed(model, some);
    await raiseMissing(model, some);
  }
  await lowerForgotten(model);
}

/**
 * Each as a revocation of its own, in the name of whoever suspended the grant. One server at a time: what is granted once
 * it is done must not be revoked by another.
 */
async function revokeOverdue(model: GrantModel, patience: number): Promise<void> {
  const { suspensions } = model.store;
  const now = model.clock();
  // From here on it cannot be restored, whatever the time is elsewhere.
  await suspensions.updateMany({ ...LASTS, until: { $lte: now } }, { $set: { over: true } });
  const isFree = { $expr: isOlder('$tried_at', patience) };
  const overdue = await suspensions.find({ ...LASTS, until: { $lte: now }, over: true }).toArray();
  for (const suspension of overdue) {
    const { _id, grant, by } = suspension;
    const own = { _id, ...LASTS };
    const claim = { $currentDate: { tried_at: true } } as const;
    if ((await suspensions.updateOne({ ...own, ...isFree }, claim)).matchedCount === 0) continue;
    const asked = { by, request_id: null, operation: 'suspendOAuthGrant' };
    const stopping = new AbortController().signal;
    const options = { id: `${_id}-over`, asked, include_consent: false, now, stopping };
    const event = { ...eventOf(options), reason: 'suspension-over' };
    try {
      await recorded(model, event, () => revokeByIdentity(model, [grant], options, { status: 'all' }));
      await endSuspensions(model, [suspension], 'revoked');
    } catch (error) {
      model.log.warn({ suspension: _id, err: error }, 'could not revoke a suspended grant; trying again');
      await suspensions.updateOne(own, { $unset: { tried_at: '' } }).catch(() => undefined);
    }
  }
}

/**
 * A grant whose tokens have expired, or were revoked by the authorization server, is not suspended any more: what is
 * granted next is something new.
 */
async function endLapsed(model: GrantModel, some: readonly Suspension[]): Promise<void> {
  const ids = some.map(({ _id }) => _id);
  const which = { suspension: { $in: ids }, $nor: [IS_LIVE] };
  const idle = new Set<unknown>(await model.grants.distinct('suspension', which));
  if (idle.size === 0) return;
  const lapsed = some.filter(({ _id }) => idle.has(_id));
  // They may have rows that are not taken in yet.
  await model.bringInOnly(rowsOfIdentities(lapsed.map(({ grant }) => grant)));
  await endWithoutTokens(model, lapsed, 'lapsed');
}

async function raiseMissing(model: GrantModel, some: readonly Suspension[]): Promise<void> {
  const ids = some.map(({ _id }) => _id);
  const isMarked = { suspension: { $in: ids }, revoking: true };
  const marked = new Set<unknown>(await model.grants.distinct('suspension', isMarked));
  for (const suspension of some.filter(({ _id }) => !marked.has(_id))) {
    // One that has ended since must not mark its grant, not even for a moment.
    if (!(await lasts(model.store, suspension._id))) continue;
    // A grant without a live token has no mark only if the suspension never began.
    if ((await raiseSuspension(model, suspension)) === 'inactive') {
      await endSuspensions(model, [suspension], 'refused');
    }
  }
}

async function lowerForgotten(model: GrantModel): Promise<void> {
  const { suspensions, grants } = model.store;
  const which = { suspension: { $exists: true } };
  const marked = grants.find<{ _id: never; suspension: string }>(which, { projection: { suspension: 1 } });
  for await (const some of inBatches(marked, AT_ONCE)) {
    const ids = some.map(({ suspension }) => suspension);
    const lasting = new Set<unknown>(await suspensions.distinct('_id', { _id: { $in: ids }, ...LASTS }));
    for (const { _id: grant, suspension } of some) {
      if (!lasting.has(suspension)) await lowerSuspension(model, { _id: suspension, grant });
    }
  }
}
