import type { AuditEventRow } from '../../database/collections.ts';
import { isOlder } from '../../database/lease.ts';
import type { ModelContext } from '../read-model/context.ts';
import { TOTALS, writeConsentEntries, writeGrantEntries, writeSuspensionEntry } from './entries.ts';

/** When an event counts as cut off, in milliseconds. Longer than a batch of its revocation takes to be finished. */
const PATIENCE = 60_000;

/**
 * Finishes an event with what its entries add up to; one without any is deleted. Only for the attempt that has it: an
 * event that was begun anew meanwhile is left to whoever did.
 *
 * @returns whether it was still this attempt's
 */
export async function finishEvent(
  { store, clock }: ModelContext,
  { _id, attempt }: Pick<AuditEventRow, '_id' | 'attempt'>,
): Promise<boolean> {
  const { events, entries } = store;
  const event = await events.findOne({ _id, attempt });
  if (!event) return false;
  if (event.action === 'revoke') await writeConsentEntries(store, event);
  if (event.action === 'suspend' || event.action === 'restore') await writeSuspensionEntry(store, event);
  const account_ids = { $addToSet: '$account_id' };
  const [totals] = await entries
    .aggregate<Totals>([{ $match: { event_id: _id } }, { $group: { _id: null, ...TOTALS, account_ids } }])
    .toArray();
  const own = { _id, attempt };
  if (!totals) return (await events.deleteOne(own)).deletedCount === 1;
  const { _id: _, ...counts } = totals;
  const finished = {
    $set: { ...counts, finished_at: clock(), unsent: true },
    $unset: { renewed_at: '' },
  } as const;
  return (await events.updateOne(own, finished)).matchedCount === 1;
}

interface Totals {
  _id: null;
  grants: number;
  revoked_tokens: number;
  revoked_consents: number;
  deleted_tokens: number;
  account_ids: string[];
}

/**
 * Finishes the events that were cut off, each after the batches of its revocation, and those of authorization servers.
 *
 * @param patience how long after its last sign of life, in milliseconds of the database's clock
 */
export async function finishEvents(model: ModelContext, patience = PATIENCE): Promise<void> {
  const { events, batches } = model.store;
  // Whoever is done says so by unsetting it, and leaves the rest to us.
  const isCutOff = { $expr: isOlder('$renewed_at', patience) };
  const open = await events.find({ finished_at: null, ...isCutOff }).toArray();
  for (const { _id, attempt } of open) {
    try {
      if ((await batches.findOne({ revocation_id: _id, finished_at: null })) !== null) continue;
      const taken = await events.findOneAndUpdate(
        { _id, attempt, finished_at: null, ...isCutOff },
        [
          {
            $set: {
              attempt: { $literal: model.newId() },
              interrupted: { $or: [{ $eq: [{ $type: '$renewed_at' }, 'date'] }, '$interrupted'] },
            },
          },
        ],
        { returnDocument: 'after' },
      );
      if (!taken) continue;
      // An authorization server gives its rows the event's id, and leaves the rest to us. They are of few consents.
      if (taken.by_adapter) await writeGrantEntries(model.store, taken, {});
      await finishEvent(model, taken);
    } catch (error) {
      model.log.warn({ event: _id, err: error }, 'could not finish an audit event; trying again');
    }
  }
}
