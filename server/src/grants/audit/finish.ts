import type { AuditEventRow } from '../../database/collections.ts';
import { WRITE_LIMIT } from '../../database/connect.ts';
import type { ModelContext } from '../read-model/context.ts';
import { identityOfRow } from '../rows/grouping.ts';
import type { Store } from '../rows/store.ts';
import { text } from '../rows/values.ts';
import { TOTALS } from './list.ts';

/** When an event counts as cut off, in milliseconds. Longer than a batch of its revocation takes to be finished. */
const PATIENCE = 60_000;

/**
 * Finishes an event: writes an entry for each grant and consent that bears its id, and the totals. Everything comes from
 * the rows, so any process may do it, several at once, and again after more was revoked.
 */
export async function finishEvent({ store, clock }: ModelContext, id: string): Promise<void> {
  const { events, entries } = store;
  const event = await events.findOne({ _id: id });
  if (!event) return;
  if (event.action === 'revoke') await writeEntries(store, event);
  const account_ids = { $addToSet: '$account_id' };
  const [totals] = await entries
    .aggregate<Totals>([{ $match: { event_id: id } }, { $group: { _id: null, ...TOTALS, account_ids } }])
    .toArray();
  if (!totals) {
    await events.deleteOne({ _id: id, finished_at: null });
    return;
  }
  const { _id, ...counts } = totals;
  await events.updateOne(
    { _id: id },
    { $set: { ...counts, finished_at: clock() }, $unset: { renewed_at: '' } },
  );
}

async function writeEntries(
  { rows, consents, entries }: Store,
  { _id, at, action, expire_at }: AuditEventRow,
): Promise<void> {
  const literalId = { $literal: _id };
  const isOfEvent = { $match: { revocation_id: _id } };
  const common = {
    event_id: literalId,
    action: { $literal: action },
    position: { $literal: positionOf({ _id, at }) },
    expire_at: { $literal: expire_at },
  };
  const merge = { $merge: { into: entries.collectionName, on: '_id', whenMatched: 'replace' } } as const;
  const ofGrants = [
    isOfEvent,
    { $group: { _id: identityOfRow(), revoked_tokens: { $sum: 1 } } },
    {
      $project: { _id: { event: literalId, grant: '$_id' }, ...common, ...PARTY_OF_GRANT, revoked_tokens: 1 },
    },
    { $set: { revoked_consents: 0 } },
    merge,
  ];
  const ofConsents = [
    isOfEvent,
    { $project: { _id: { event: literalId, consent: '$_id' }, ...common, ...PARTY_OF_CONSENT } },
    { $set: { revoked_tokens: 0, revoked_consents: 1 } },
    merge,
  ];
  await rows.aggregate(ofGrants, { ...WRITE_LIMIT, allowDiskUse: true }).toArray();
  await consents.aggregate(ofConsents, WRITE_LIMIT).toArray();
}

/** The order of events, as one text: by when they were asked for, then by id. */
export function positionOf({ _id, at }: { _id: string; at: Date }): string {
  return `${at.toISOString()}/${_id}`;
}

const PARTIES = ['client_id', 'user_id', 'account_id', 'project_id'] as const;
const PARTY_OF_GRANT = Object.fromEntries(PARTIES.map((name) => [name, `$_id.${name}`]));
const PARTY_OF_CONSENT = Object.fromEntries(PARTIES.map((name) => [name, text(`$${name}`, '')]));

interface Totals {
  _id: null;
  grants: number;
  revoked_tokens: number;
  revoked_consents: number;
  account_ids: string[];
}

/**
 * Finishes the events that were cut off, each after the batches of its revocation.
 *
 * @param patience how long after its last sign of life, in milliseconds of the database's clock
 */
export async function finishEvents(model: ModelContext, patience = PATIENCE): Promise<void> {
  const { events, batches } = model.store;
  const isCutOff = { $lte: [{ $ifNull: ['$renewed_at', new Date(0)] }, { $subtract: ['$$NOW', patience] }] };
  const open = await events
    .find({ finished_at: null, $expr: isCutOff }, { projection: { _id: 1 } })
    .toArray();
  for (const { _id } of open) {
    if ((await batches.findOne({ revocation_id: _id, finished_at: null })) !== null) continue;
    // Whoever is done says so, and leaves the rest to us.
    const isSilent = { _id, finished_at: null, renewed_at: { $exists: true } };
    await events.updateOne(isSilent, { $set: { interrupted: true } });
    await finishEvent(model, _id);
  }
}
