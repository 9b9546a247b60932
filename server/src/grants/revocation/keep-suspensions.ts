import { recorded } from '../audit/record.ts';
import { LASTS } from '../read-model/mark.ts';
import type { GrantModel } from '../read-model/model.ts';
import { endSuspensions, lowerSuspension, raiseSuspension } from '../read-model/suspended.ts';
import { inBatches } from '../rows/batches.ts';
import { eventOf } from './batch.ts';
import { revokeByIdentity } from './by-identity.ts';

/** How many suspensions are compared with their grants at once. */
const AT_ONCE = 500;

/**
 * Revokes the grants that nobody restored in time. Where a crash came between a suspension and its mark, or the stored
 * grants were dropped, marks or frees the grant. Any server may do it, and several at once.
 */
export async function keepSuspensions(model: GrantModel): Promise<void> {
  await revokeOverdue(model);
  await raiseMissing(model);
  await lowerForgotten(model);
}

/** Each as a revocation of its own, by whoever suspended the grant. */
async function revokeOverdue(model: GrantModel): Promise<void> {
  const { suspensions } = model.store;
  const now = model.clock();
  // From here on it cannot be restored, whatever the time is elsewhere.
  await suspensions.updateMany({ ...LASTS, until: { $lte: now } }, { $set: { over: true } });
  const overdue = await suspensions.find({ ...LASTS, until: { $lte: now }, over: true }).toArray();
  for (const suspension of overdue) {
    const { _id, grant, by } = suspension;
    const asked = { by, request_id: null, operation: 'suspendOAuthGrant' };
    const stopping = new AbortController().signal;
    const options = { id: `${_id}-over`, asked, include_consent: false, now, stopping };
    const event = { ...eventOf(options), reason: 'suspension-over' };
    try {
      await recorded(model, event, () => revokeByIdentity(model, [grant], options, 'all'));
      await endSuspensions(model, [suspension], 'revoked');
    } catch (error) {
      model.log.warn({ suspension: _id, err: error }, 'could not revoke a suspended grant; trying again');
    }
  }
}

async function raiseMissing(model: GrantModel): Promise<void> {
  const { suspensions, grants } = model.store;
  for await (const some of inBatches(suspensions.find(LASTS), AT_ONCE)) {
    const ids = some.map(({ _id }) => _id);
    const marked = new Set<unknown>(await grants.distinct('suspension', { suspension: { $in: ids } }));
    for (const suspension of some.filter(({ _id }) => !marked.has(_id))) {
      // A grant without a live token has lost its mark only if it never had it.
      if ((await raiseSuspension(model, suspension)) === 'inactive') {
        await endSuspensions(model, [suspension], 'refused');
      }
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
