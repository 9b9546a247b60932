import { isOlder } from '../../database/lease.ts';
import type { ModelContext } from '../read-model/context.ts';
import { IS_NOT_SUSPENDED, TAKING_LIVE_ROWS, takesLiveRows } from '../read-model/mark.ts';
import type { RevocationBatch, Store } from '../rows/store.ts';
import { carryOut, type Revoked, writeEntries } from './batch.ts';

/** When a batch counts as cut off, in milliseconds. One that is only slow loses to the server that finishes it. */
const PATIENCE = 30_000;

/**
 * Finishes the batches of revocations that were cut off: the grants that were marked, and no others. Any server may do
 * it, and several at once.
 *
 * @param patience how long a batch may take, in milliseconds of the database's clock
 * @returns how many batches it finished
 */
export async function finishRevocations(model: ModelContext, patience = PATIENCE): Promise<number> {
  const isCutOff = { $expr: isOlder('$tried_at', patience) };
  // Each once, even if one keeps failing.
  const open = await model.store.batches.find({ finished_at: null, ...isCutOff }).toArray();
  let finished = 0;
  for (const cutOff of open) {
    const grants = cutOff.hashes.length;
    try {
      const revoked = await finishBatch(model, cutOff, isCutOff);
      if (!revoked) continue;
      model.log.warn({ grants, ...revoked }, 'finished a revocation that was cut off');
      finished += 1;
    } catch (error) {
      model.log.warn({ grants, err: error }, 'could not finish a revocation that was cut off; trying again');
    }
  }
  await lowerForgotten(model);
  return finished;
}

/**
 * Finishes what earlier attempts at a revocation have begun, before another one goes on: it would not select grants again
 * that look revoked, and what is granted once it is answered must not be revoked by them.
 */
export async function finishAttempts(model: ModelContext, revocation_id: string): Promise<void> {
  const open = await model.store.batches.find({ finished_at: null, revocation_id }).toArray();
  for (const batch of open) await finishBatch(model, batch, {});
}

/** Returns undefined if there was nothing left to do, or another process was faster. */
async function finishBatch(
  model: ModelContext,
  { _id, ...cutOff }: RevocationBatch,
  isCutOff: object,
): Promise<Revoked | undefined> {
  const { batches } = model.store;
  if (await isRepeated(model.store, cutOff)) {
    // What it had revoked by then is in the audit trail, too.
    await writeEntries(model, cutOff);
    await reopenEvent(model, cutOff);
    await batches.updateOne({ _id, finished_at: null }, { $currentDate: { finished_at: true } });
    return undefined;
  }
  const batch = await batches.findOneAndUpdate(
    { _id, finished_at: null, ...isCutOff },
    { $set: { mark: model.newId() }, $currentDate: { tried_at: true } },
    { returnDocument: 'after' },
  );
  if (!batch) return undefined;
  await reopenEvent(model, batch);
  return carryOut(model, batch);
}

/** An event that was finished without this batch is finished once more, after it. */
async function reopenEvent(
  { store }: ModelContext,
  { revocation_id }: Omit<RevocationBatch, '_id'>,
): Promise<void> {
  const finished = { _id: revocation_id, finished_at: { $type: 'date' } } as const;
  await store.events.updateOne(finished, { $set: { finished_at: null } });
}

/**
 * Whether finished later revocations together cover this one. Then somebody has asked again, and finishing the first
 * would also revoke what was granted since.
 */
async function isRepeated({ batches }: Store, batch: Omit<RevocationBatch, '_id'>): Promise<boolean> {
  const { hashes, chosen, include_consent, begun_at } = batch;
  const isOfConsent = 'consent_id' in chosen;
  const later = {
    finished_at: { $type: 'date' },
    begun_at: { $gt: begun_at },
    ...(isOfConsent
      ? { chosen: { $eq: chosen } }
      : { hashes: { $in: hashes }, 'chosen.consent_id': { $exists: false } }),
    ...(takesLiveRows(batch) ? { status: { $in: [...TAKING_LIVE_ROWS] } } : {}),
    ...(include_consent ? { include_consent } : {}),
  } as const;
  if (isOfConsent) return (await batches.findOne(later, { projection: { _id: 1 } })) !== null;
  const revoked = new Set(await batches.distinct('hashes', later));
  return hashes.every((hash) => revoked.has(hash));
}

/**
 * Ends marks that no revocation stands behind: the grant was inserted while its batch was being finished, or marked by
 * a slow process whose batch another has finished. A batch exists before its mark, so a mark without an open one is
 * over.
 */
async function lowerForgotten({ store }: ModelContext): Promise<void> {
  const marked = { revoking: true, ...IS_NOT_SUSPENDED } as const;
  // Left by an older server, which forgets a suspension where it regroups the grant.
  await store.grants.updateMany({ ...marked, revocation: { $exists: false } }, { $unset: { revoking: '' } });
  const marks = await store.grants.distinct('revocation', marked);
  if (marks.length === 0) return;
  const open = { mark: { $in: marks as RevocationBatch['mark'][] }, finished_at: null };
  const underWay = new Set<unknown>(await store.batches.distinct('mark', open));
  const over = marks.filter((mark) => !underWay.has(mark));
  await store.grants.updateMany({ ...marked, revocation: { $in: over } }, { $unset: { revoking: '' } });
}
