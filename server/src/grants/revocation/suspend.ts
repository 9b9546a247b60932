import { isDuplicateKey } from '../../database/duplicate-key.ts';
import { type Asked, recorded } from '../audit/record.ts';
import type { ModelContext } from '../read-model/context.ts';
import { LASTS } from '../read-model/mark.ts';
import { endSuspensions, IS_LIVE, lowerSuspension, raiseSuspension } from '../read-model/suspended.ts';
import { checkedIdentity, type GrantIdentity } from '../rows/identity.ts';
import type { Suspension } from '../rows/store.ts';

export interface SuspensionOptions {
  /** The id of what is asked for, and of its audit event. A repetition with the same id goes on with it. */
  id: string;
  asked: Asked;
  /** Of who asks: the higher, the more they may do. */
  rank: number;
  now: Date;
}

const DAY = 24 * 60 * 60 * 1_000;

/**
 * Suspends a grant: no token of it is issued until it is restored. If nobody restores it in time, upkeep revokes it.
 * Suspending it again changes nothing, unless who asks has a higher rank: only someone of it can restore the grant then,
 * which has an event of its own.
 *
 * @returns until when it can be restored; undefined if it has no live token, or is being revoked
 */
export async function suspendGrant(
  model: ModelContext,
  identity: GrantIdentity,
  options: SuspensionOptions,
): Promise<Date | undefined> {
  const { id, asked, rank, now } = options;
  const grant = checkedIdentity(identity);
  if (!(await isLive(model, grant))) return undefined;
  // A repetition does not suspend again what was restored since.
  if (await model.store.suspensions.findOne({ raised_by: id, ended_at: { $ne: null } })) return undefined;
  const before = await lasting(model, grant);
  const isOurs = before?._id === id || before?.raised_by?.includes(id);
  if (before && !isOurs && before.rank >= rank) return confirm(model, before, now);
  const event = {
    id,
    ...asked,
    action: 'suspend',
    reason: 'requested',
    include_consent: false,
    at: now,
  } as const;
  return recorded(model, event, () => begin(model, grant, options));
}

async function isLive({ store }: ModelContext, grant: GrantIdentity): Promise<boolean> {
  return (await store.grants.findOne({ _id: grant, ...IS_LIVE }, { projection: { _id: 1 } })) !== null;
}

function lasting({ store }: ModelContext, grant: GrantIdentity): Promise<Suspension | null> {
  return store.suspensions.findOne({ grant, ...LASTS });
}

async function begin(
  model: ModelContext,
  grant: GrantIdentity,
  options: SuspensionOptions,
): Promise<Date | undefined> {
  const { id, asked, rank, now: at } = options;
  const { grants, suspensions } = model.store;
  const known = await grants.findOne({ _id: grant }, { projection: { grant_hash: 1 } });
  if (!known) return undefined;
  const until = new Date(at.getTime() + model.suspensionDays * DAY);
  const { grant_hash } = known;
  const suspension: Suspension = {
    _id: id,
    grant,
    grant_hash,
    at,
    until,
    by: asked.by,
    rank,
    ended_at: null,
  };
  try {
    await suspensions.insertOne(suspension);
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    // By somebody else just now, or by an attempt before this one.
    const other = await lasting(model, grant);
    if (!other) return undefined;
    if (other._id !== id) return confirmOther(model, other, options);
    suspension.until = other.until;
  }
  const confirmed = await confirm(model, suspension, at);
  if (!confirmed) {
    await endSuspensions(model, [suspension], 'refused');
    // The caller is told that nothing was changed, also if a revocation has just ended it.
    await suspensions.updateOne({ _id: id, at, ended: 'revoked' }, { $set: { ended: 'refused' } });
  }
  return confirmed;
}

/** The same for a suspension that somebody else has begun. Raises its rank only once it is certain that it began. */
async function confirmOther(
  model: ModelContext,
  other: Suspension,
  { id, rank, now }: SuspensionOptions,
): Promise<Date | undefined> {
  const until = await confirm(model, other, now);
  if (until) {
    const lower = { _id: other._id, ...LASTS, rank: { $lt: rank } };
    await model.store.suspensions.updateOne(lower, { $set: { rank }, $push: { raised_by: id } });
  }
  return until;
}

/** Sees to it that the grant of a suspension is marked, and returns until when it lasts. */
async function confirm(model: ModelContext, suspension: Suspension, now: Date): Promise<Date | undefined> {
  if (suspension.until <= now) return undefined;
  const state = await raiseSuspension(model, suspension);
  return state === 'suspended' ? suspension.until : undefined;
}

/**
 * Ends the suspension of a grant: its tokens work again.
 *
 * @returns `not-suspended` if it is not suspended, or has no live token any more; `over` if it is too late; `not-yours` for someone of a
 *   lower rank than who suspended it
 */
export async function restoreGrant(
  model: ModelContext,
  identity: GrantIdentity,
  { id, asked, rank, now }: SuspensionOptions,
): Promise<'restored' | 'not-suspended' | 'over' | 'not-yours'> {
  const { suspensions } = model.store;
  const grant = checkedIdentity(identity);
  const event = {
    id,
    ...asked,
    action: 'restore',
    reason: 'requested',
    include_consent: false,
    at: now,
  } as const;
  const before = (await suspensions.findOne({ restored_by: id })) ?? (await lasting(model, grant));
  if (!before) return 'not-suspended';
  if (before.ended_at === null && (before.over || before.until <= now)) return 'over';
  if (rank < before.rank) return 'not-yours';
  if (before.ended_at === null && !(await isLive(model, grant))) {
    await endSuspensions(model, [before], 'lapsed');
    await lowerSuspension(model, before);
    return 'not-suspended';
  }
  return recorded(model, event, async () => {
    const { _id } = before;
    await suspensions.updateOne(
      { _id, ...LASTS, rank: { $lte: rank }, over: { $exists: false } },
      { $set: { ended_at: now, ended: 'restored', restored_by: id } },
    );
    const isOurs = (await suspensions.findOne({ _id, restored_by: id }, { projection: { _id: 1 } })) !== null;
    if (!isOurs) return 'not-suspended';
    await lowerSuspension(model, before);
    return 'restored';
  });
}
