import type { ModelContext } from './context.ts';
import { isExpired } from './pending.ts';

/**
 * Time passes for grants whose rows nobody touches: those of some accounts expire. None comes back this way; where a clock
 * was put back, those that are early are regrouped.
 */
export async function expire(
  { store, versions, newId }: ModelContext,
  account_ids: string[],
  now: Date,
): Promise<void> {
  if (account_ids.length === 0) return;
  const expired = { '_id.account_id': { $in: account_ids }, ...isExpired(now) };
  const set = { $set: { status: 'expired', version: newId() } } as const;
  const byTime = { hint: { status: 1, live_until: 1 } } as const;
  await versions.change(account_ids, () => store.grants.updateMany(expired, set, byTime));
}
