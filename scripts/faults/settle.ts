import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../server/src/database/connect.ts';
import { IS_NOT_SUSPENDED, LASTS } from '../../server/src/grants/read-model/mark.ts';
import { storeOf } from '../../server/src/grants/rows/store.ts';

/** How long what is under way may take by itself, in milliseconds; from then on it counts as cut off. */
const QUIET = 3_000;
/** How long the servers have to finish what was cut off, in milliseconds: they look for it every 15 seconds. */
const PATIENCE = 120_000;
const POLL = 200;

/**
 * Waits until the servers have finished what was cut off. So that nobody waits for leases to run out, what is under way
 * is dated back.
 *
 * @throws if they do not
 */
export async function settle({ collections }: Database): Promise<void> {
  const { batches, events, grants, suspensions } = storeOf(collections);
  const strayMarks = async () => {
    const lasting = new Set<unknown>(await suspensions.distinct('_id', LASTS));
    const marked = new Set<unknown>(await grants.distinct('suspension'));
    return [...lasting, ...marked].filter((id) => !(lasting.has(id) && marked.has(id))).length;
  };
  const unfinished = async () =>
    (await strayMarks()) +
    (await batches.countDocuments({ finished_at: null })) +
    (await events.countDocuments({ finished_at: null })) +
    (await grants.countDocuments({ revoking: true, ...IS_NOT_SUSPENDED }));
  const start = performance.now();
  while (performance.now() - start < PATIENCE) {
    if ((await unfinished()) === 0) return;
    if (performance.now() - start > QUIET) {
      const long = new Date(0);
      await batches.updateMany({ finished_at: null }, { $set: { tried_at: long } });
      await events.updateMany(
        { finished_at: null, renewed_at: { $exists: true } },
        { $set: { renewed_at: long } },
      );
    }
    await sleep(POLL);
  }
  throw new Error(`the servers left ${await unfinished()} revocations, events and marks unfinished`);
}

/**
 * Waits until the servers have sent every webhook. So that nobody waits between attempts, all may be sent at once.
 *
 * @throws if they do not
 */
export async function drain({ collections }: Database): Promise<void> {
  const { auditEvents, webhookMessages } = collections;
  const start = performance.now();
  for (;;) {
    const left = {
      events: await auditEvents.countDocuments({ unsent: true }),
      messages: await webhookMessages.countDocuments({ state: 'waiting' }),
    };
    if (left.events + left.messages === 0) return;
    if (performance.now() - start > PATIENCE)
      throw new Error(`the servers left webhooks unsent: ${JSON.stringify(left)}`);
    const now = new Date();
    await webhookMessages.updateMany({ state: 'waiting', next_at: { $gt: now } }, { next_at: now });
    await sleep(POLL);
  }
}

/** Ends the leases of requests that were cut off, as time would: the next repetition goes on with them. */
export async function endLeases({ collections }: Database): Promise<void> {
  const long = new Date(0);
  await collections.idempotencyKeys.updateMany({ until: { $exists: true } }, { until: long });
  await collections.revocationPreviews.updateMany(
    { lease: { $exists: true } },
    { $set: { 'lease.until': long } },
  );
}
