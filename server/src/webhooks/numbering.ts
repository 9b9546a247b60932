import type { mongo } from 'mongoose';
import type { Logger } from 'pino';
import type { AuditEventRow, WebhookMessageRow } from '../database/collections.ts';
import { duplicatesIn } from '../database/duplicate-key.ts';
import { isDatabaseUnavailable } from '../database/unavailable.ts';
import { inBatches } from '../grants/rows/batches.ts';
import { AS_STORED } from '../grants/rows/consent-ids.ts';
import { messageOf, type StoredEntry } from './message.ts';
import { type Outbox, type Registered, unsentTo } from './outbox.ts';
import { KEPT_MS } from './queue.ts';

/**
 * How long events wait for one that was asked for before them and is not finished yet, in milliseconds. One that was cut
 * off is finished within two minutes; what takes longer comes later.
 */
const HOLD_BACK_MS = 3 * 60_000;

/** How many events are read, and how many entries are numbered, at once. */
const EVENTS_AT_ONCE = 100;
const ENTRIES_AT_ONCE = 500;

/**
 * Writes a message into the outbox for each grant and consent that finished events changed, in the order of the audit
 * trail. It may be cut off anywhere, and two servers may do it at once: what is written has an id of its own, and an
 * event counts as sent only once all of its entries do. An event that fails does not stop the others.
 */
export async function numberEvents(
  outbox: Outbox,
  receivers: Registered[],
  log: Pick<Logger, 'warn'>,
): Promise<void> {
  if (receivers.length === 0) return;
  const { events } = outbox;
  const unsent = unsentTo(receivers);
  const recently = new Date(outbox.clock().getTime() - HOLD_BACK_MS);
  for (;;) {
    const open = await events
      .find({ finished_at: null, at: { $gt: recently } }, { projection: { at: 1 } })
      .sort({ at: 1 })
      .limit(1)
      .next();
    const at = { ...unsent.at, ...(open && { $lte: open.at }) };
    const due = await events
      .find({ ...unsent, at, finished_at: { $type: 'date' } })
      .sort({ at: 1, _id: 1 })
      .limit(EVENTS_AT_ONCE)
      .toArray();
    let hasFailed = false;
    for (const event of due) {
      try {
        if (!(await numberEvent(outbox, event, receivers))) return;
      } catch (error) {
        if (isDatabaseUnavailable(error)) throw error;
        hasFailed = true;
        log.warn({ event: event._id, err: error }, 'could not number the webhooks of an event; trying again');
      }
    }
    if (hasFailed || due.length < EVENTS_AT_ONCE) return;
  }
}

/** Returns whether this server still has the lease. */
async function numberEvent(outbox: Outbox, event: AuditEventRow, receivers: Registered[]): Promise<boolean> {
  const { events, entries } = outbox;
  // Entries that an event gets when it is finished once more are new, and the others are not sent again.
  const which = { event_id: event._id, sent: null } as const;
  const unsent = entries.find(which, AS_STORED);
  for await (const some of inBatches(unsent, ENTRIES_AT_ONCE)) {
    const first = await outbox.reserve(some.length);
    if (first === undefined) return false;
    const now = outbox.clock();
    const messages = some.flatMap((entry, index) => messagesFor(receivers, event, entry, first + index, now));
    await insertNew(outbox.messages, messages);
    await entries.bulkWrite(
      some.map(({ _id }) => ({
        updateOne: { filter: { _id: { $eq: _id } }, update: { $set: { sent: true } } },
      })),
      { ordered: false },
    );
  }
  // Unless it was begun anew meanwhile.
  await events.updateOne({ _id: event._id, attempt: event.attempt }, { $unset: { unsent: '' } });
  return true;
}

function messagesFor(
  receivers: Registered[],
  event: AuditEventRow,
  entry: StoredEntry,
  number: number,
  now: Date,
): WebhookMessageRow[] {
  const message = messageOf(event, entry);
  if (!message) return [];
  return receivers
    .filter(({ since, types }) => event.at >= since && (types?.includes(message.type) ?? true))
    .map(({ name }) => ({
      _id: `${name}/${message.id}`,
      receiver: name,
      ...message,
      number,
      state: 'waiting',
      attempts: 0,
      numbered_at: now,
      next_at: now,
      expire_at: new Date(now.getTime() + KEPT_MS.waiting),
    }));
}

/** Inserts messages; those that are there already stay as they are, with their number. */
async function insertNew(
  messages: mongo.Collection<WebhookMessageRow>,
  rows: WebhookMessageRow[],
): Promise<void> {
  if (rows.length === 0) return;
  await messages.insertMany(rows, { ordered: false }).catch(duplicatesIn);
}
