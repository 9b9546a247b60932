import type { mongo } from 'mongoose';
import { LASTS } from '../grants/read-model/mark.ts';
import type { GrantModel } from '../grants/read-model/model.ts';
import { IS_PENDING } from '../grants/read-model/pending.ts';
import type { Row } from '../grants/rows/store.ts';
import { IS_CUT_OFF, IS_OPEN_TOO_LONG } from '../grants/unfinished.ts';
import { KeptMessages, MAX_SAMPLED } from '../webhooks/kept.ts';
import { Outbox, unsentTo } from '../webhooks/outbox.ts';

/** How long a suspension may outlast its end until it counts as overdue, in milliseconds; upkeep runs every 15 seconds. */
const OVERDUE_MS = 2 * 60_000;

/** What there is of something, up to 10,000, and how old the oldest of that is, in seconds; 0 if there is none. */
interface Sample {
  count: number;
  oldest: number;
}

/*
 * Each reading asks the database a few things by index. Each question has a limit, in milliseconds, and counts no further
 * than 10,000: metrics must not be what a busy database has to do.
 */

/** What is not yet in the read model, by collection, and how many rows a server that takes in a backlog has left. */
export async function readPending({ store, backlog, clock }: GrantModel, limit: number) {
  const sample = async (rows: mongo.Collection<Row>): Promise<Sample> => {
    const counted = { _id: null, count: { $sum: 1 }, oldest: { $min: '$updated_at' } };
    const pipeline = [{ $match: IS_PENDING }, { $limit: MAX_SAMPLED }, { $group: counted }];
    const found = rows.aggregate<{ count: number; oldest: unknown }>(pipeline, { timeoutMS: limit });
    const [{ count, oldest } = { count: 0, oldest: null }] = await found.toArray();
    return { count, oldest: ageOf(oldest, clock()) };
  };
  const [rows, consents, progress] = await Promise.all([
    sample(store.rows),
    sample(store.consents),
    backlog.progress(limit),
  ]);
  return { refresh_tokens: rows, consents, backlog: progress?.left ?? 0 };
}

/** How many batches of revocations, suspensions and audit events are under way, and how many for too long. */
export async function readUnfinished({ store, clock }: GrantModel, limit: number) {
  const { batches, events, suspensions } = store;
  const options = { limit: MAX_SAMPLED, timeoutMS: limit };
  const overdue = { ...LASTS, until: { $lte: new Date(clock().getTime() - OVERDUE_MS) } };
  const [underWay, cutOff, openEvents, lasting, late] = await Promise.all([
    batches.countDocuments({ finished_at: null }, options),
    batches.countDocuments(IS_CUT_OFF, options),
    events.countDocuments(IS_OPEN_TOO_LONG, options),
    suspensions.countDocuments(LASTS, options),
    suspensions.countDocuments(overdue, options),
  ]);
  return { underWay, cutOff, openEvents, lasting, overdue: late };
}

/** What the outbox of the webhooks holds, by receiver, and how many events are not in it yet. */
export async function readOutbox({ collections, store, clock }: GrantModel, limit: number) {
  const unnumberedOf = async () => {
    const registered = await new Outbox(collections, clock).registered();
    if (registered.length === 0) return 0;
    return store.events.countDocuments(unsentTo(registered), { limit: MAX_SAMPLED, timeoutMS: limit });
  };
  const [holdings, unnumbered] = await Promise.all([
    new KeptMessages(collections).sample(limit),
    unnumberedOf(),
  ]);
  const receivers = holdings.map(({ oldest, ...held }) => ({ ...held, oldest: ageOf(oldest, clock()) }));
  return { receivers, unnumbered };
}

/** In seconds. Writers have clocks of their own, and may write anything. */
function ageOf(date: unknown, now: Date): number {
  return date instanceof Date ? Math.max(0, now.getTime() - date.getTime()) / 1_000 : 0;
}
