import type { AuditEventRow } from '../../database/collections.ts';
import { keepRenewing } from '../../database/lease.ts';
import type { ModelContext } from '../read-model/context.ts';
import { finishEvent } from './finish.ts';

/** Who asked for a change, and by which request. */
export interface Asked {
  by: { user_id: string | null; client_id: string | null };
  /** The `X-Request-Id` of the request. */
  request_id: string | null;
  /** The operation's id in its document, or the command. */
  operation: string;
}

/** What is known of an event before anything is changed. */
export type BegunEvent = Pick<AuditEventRow, 'action' | 'reason' | 'at'> &
  Asked & {
    /** The revocation's id. */
    id: string;
    include_consent: boolean;
    /** What was selected, for a bulk revocation by filter: writers of first tokens read it. */
    filter?: AuditEventRow['filter'];
    /** The same for one of unused grants, which takes no first token. */
    unused?: AuditEventRow['unused'];
    status?: string;
  };

/** How often an event says that its revocation is under way, in milliseconds; it is believed for a minute. */
const RENEWAL = 15_000;

/**
 * Does something that takes access away, and writes an event of it: begun before the first row is touched, and finished
 * with what was changed. If the process is cut off, another server finishes the event. An event that changed nothing is
 * deleted, or anybody could fill the collection. The same id again goes on with the same event.
 */
export async function recorded<Result>(
  model: ModelContext,
  { id, ...event }: BegunEvent,
  work: () => Promise<Result>,
): Promise<Result> {
  const { events } = model.store;
  const now = { $currentDate: { renewed_at: true } } as const;
  const begun = { ...event, ...NOTHING, expire_at: expiryOf(model, event.at, !!event.filter) };
  // Of several that go on with it, the last one finishes it.
  const own = { _id: id, attempt: model.newId() };
  const anew = { attempt: own.attempt, finished_at: null };
  const reopen = { $setOnInsert: begun, $set: anew } as const;
  await events.updateOne({ _id: id }, { ...reopen, ...now }, { upsert: true });
  // Not once it is finished: a renewal may be on its way then.
  const renew = () => events.updateOne({ ...own, finished_at: null }, now);
  const onFailure = (err: unknown) => model.log.warn({ err }, 'could not renew the event of a revocation');
  const stopRenewing = keepRenewing(renew, RENEWAL, onFailure);
  const finish = async () => {
    // If another process took it for cut off meanwhile, upkeep finishes it once more.
    if (!(await finishEvent(model, own))) await events.updateOne({ _id: id }, reopen, { upsert: true });
  };
  try {
    const result = await work();
    await finish().catch((err: unknown) =>
      // What is done is done, and upkeep finishes the event.
      model.log.warn({ event: id, err }, 'could not finish an audit event'),
    );
    return result;
  } catch (error) {
    // Upkeep finishes the event, once what is left of the revocation is done.
    await events.updateOne({ ...own, finished_at: null }, OVER).catch(() => undefined);
    throw error;
  } finally {
    stopRenewing();
  }
}

/** Nobody is at it any more. */
const OVER = { $unset: { renewed_at: '' }, $set: { interrupted: true } } as const;

const NOTHING = { grants: 0, revoked_tokens: 0, revoked_consents: 0, account_ids: [] };

const DAY = 24 * 60 * 60 * 1_000;

/** An authorization server asks whether a token that it adopts was revoked in bulk. */
const MIN_DAYS_BY_FILTER = 90;

/** When an event is deleted. */
export function expiryOf({ auditDays }: ModelContext, at: Date, isByFilter = false): Date {
  const days = isByFilter ? Math.max(auditDays, MIN_DAYS_BY_FILTER) : auditDays;
  return new Date(at.getTime() + days * DAY);
}
