import type { mongo } from 'mongoose';
import type { AuditEventRow } from '../../database/collections.ts';
import { WRITE_LIMIT } from '../../database/connect.ts';
import { inBatches } from '../rows/batches.ts';
import { identityOfRow, type RowFilter } from '../rows/grouping.ts';
import type { Store, Suspension } from '../rows/store.ts';
import { text } from '../rows/values.ts';

type Event = Pick<AuditEventRow, '_id' | 'at' | 'action' | 'expire_at'>;

/**
 * Writes an entry of an event for each grant that has rows with its id. From the rows, so any process may do it, several
 * at once, and again after more was revoked.
 *
 * @param which narrows the rows, so that one statement stays short; must select whole grants
 */
export async function writeGrantEntries(
  { rows, entries }: Store,
  event: Event,
  which: RowFilter,
  options: { hint?: object } = {},
): Promise<void> {
  const pipeline = [
    { $match: { ...which, revocation_id: event._id } },
    { $group: { _id: identityOfRow(), revoked_tokens: { $sum: 1 } } },
    {
      $project: {
        _id: { event: { $literal: event._id }, grant: '$_id' },
        ...valuesOf(event),
        ...PARTY_OF_GRANT,
        revoked_tokens: 1,
      },
    },
    { $set: { revoked_consents: 0 } },
    into(entries.collectionName),
  ];
  await rows.aggregate(pipeline, { ...WRITE_LIMIT, ...options }).toArray();
}

/** The same for each consent that has its id, some at a time. */
export async function writeConsentEntries({ consents, entries }: Store, event: Event): Promise<void> {
  const ofEvent = { revocation_id: event._id };
  const found = consents.find(ofEvent, { projection: { _id: 1 } });
  for await (const some of inBatches(found, AT_ONCE)) {
    const pipeline = [
      { $match: { ...ofEvent, _id: { $in: some.map(({ _id }) => _id) } } },
      {
        $project: {
          _id: { event: { $literal: event._id }, consent: '$_id' },
          ...valuesOf(event),
          ...PARTY_OF_CONSENT,
        },
      },
      { $set: { revoked_tokens: 0, revoked_consents: 1 } },
      into(entries.collectionName),
    ];
    await consents.aggregate(pipeline, WRITE_LIMIT).toArray();
  }
}

/** The entry of an event that suspended a grant, raised the rank for that, or restored it; none if it came to nothing. */
export async function writeSuspensionEntry({ suspensions, entries }: Store, event: Event): Promise<void> {
  const which: mongo.Filter<Suspension> =
    event.action === 'restore'
      ? { restored_by: event._id }
      : { $or: [{ _id: event._id }, { raised_by: event._id }], ended: { $ne: 'refused' } };
  const suspension = await suspensions.findOne(which, { projection: { grant: 1 } });
  if (!suspension) return;
  const { grant } = suspension;
  const { _id, action, expire_at } = event;
  const { client_id, user_id, account_id, project_id } = grant;
  const party = { client_id, user_id, account_id, project_id };
  const counts = { revoked_tokens: 0, revoked_consents: 0 };
  const entry = { event_id: _id, action, position: positionOf(event), expire_at, ...party, ...counts };
  await entries.updateOne({ _id: { event: _id, grant } }, { $set: entry }, { upsert: true });
}

/** How many consents one statement writes entries for. */
const AT_ONCE = 1_000;

/** An entry keeps what it has besides: that it is in the outbox of the webhooks. */
const into = (collection: string) => ({
  $merge: { into: collection, on: '_id', whenMatched: 'merge' },
});

/** What all entries of an event have. */
function valuesOf(event: Event) {
  return {
    event_id: { $literal: event._id },
    action: { $literal: event.action },
    position: { $literal: positionOf(event) },
    expire_at: { $literal: event.expire_at },
  };
}

/** The order of events, as one text: by when they were asked for, then by id. */
export function positionOf({ _id, at }: { _id: string; at: Date }): string {
  return `${at.toISOString()}/${_id}`;
}

const PARTIES = ['client_id', 'user_id', 'account_id', 'project_id'] as const;
const PARTY_OF_GRANT = Object.fromEntries(PARTIES.map((name) => [name, `$_id.${name}`]));
const PARTY_OF_CONSENT = Object.fromEntries(PARTIES.map((name) => [name, text(`$${name}`, '')]));

/** An entry without revoked tokens is of a consent or an account, unless its grant was suspended or restored. */
const IS_OF_GRANT = { $or: [{ $gt: ['$revoked_tokens', 0] }, { $in: ['$action', ['suspend', 'restore']] }] };

/** What entries add up to. */
export const TOTALS = {
  grants: { $sum: { $cond: [IS_OF_GRANT, 1, 0] } },
  revoked_tokens: { $sum: '$revoked_tokens' },
  revoked_consents: { $sum: '$revoked_consents' },
  deleted_tokens: { $sum: '$deleted_tokens' },
} as const;
