import { equals } from '../../database/filters.ts';
import type { GrantModel } from '../read-model/model.ts';
import { IS_PENDING } from '../read-model/pending.ts';
import { text, UNREVOKED } from '../rows/values.ts';
import type { RevocationOptions, Revoked } from './batch.ts';
import { IN_ROTATION, revokeMatchingGrants } from './by-filter.ts';

/** Whose access is taken back, in every account: a client's, or a user's. */
export type Party = { client_id: string } | { user_id: string };

/** An account, and how many active grants the party has in it. */
export interface Affected {
  account_id: string;
  grants: number;
}

/**
 * Finds the accounts in which a party has active grants. Takes in what is pending first, however long that takes, and reads
 * all active grants: no index begins with a client or a user alone.
 *
 * @param which of the stored grants
 */
export async function accountsOf(
  model: GrantModel,
  party: Party,
  which: object = { status: 'active' },
): Promise<Affected[]> {
  await model.refreshWhole();
  const [[name, value] = ['', '']] = Object.entries(party);
  const isTheirs = equals(value);
  const { grants, rows } = model.store;
  const found = grants.aggregate<{ _id: string; grants: number }>(
    [
      { $match: { [`_id.${name}`]: isTheirs, ...which } },
      { $group: { _id: '$_id.account_id', grants: { $sum: 1 } } },
      // Tokens issued since have no grant yet.
      {
        $unionWith: {
          coll: rows.collectionName,
          pipeline: [
            { $match: { ...IS_PENDING, ...UNREVOKED, [name]: isTheirs } },
            { $group: { _id: text('$account_id', ''), grants: { $sum: 0 } } },
          ],
        },
      },
      { $group: { _id: '$_id', grants: { $sum: '$grants' } } },
      { $sort: { _id: 1 } },
    ],
    { allowDiskUse: true },
  );
  return (await found.toArray()).map(({ _id, grants }) => ({ account_id: _id, grants }));
}

/** How often accounts are looked for: a token may be issued in another one meanwhile. */
const MAX_LOOKS = 5;

/**
 * Revokes all active grants of a party, account by account, each as one revocation by filter. Repeating it is safe, and
 * does what was left.
 *
 * @param onRevoked called after each account
 * @throws Error if tokens are issued faster than they are revoked
 */
export async function revokeEverywhere(
  model: GrantModel,
  party: Party,
  options: Omit<RevocationOptions, 'id' | 'now'>,
  onRevoked: (account_id: string, revoked: Revoked) => void,
): Promise<void> {
  for (let look = 1; look <= MAX_LOOKS; look += 1) {
    // The next token of a grant in rotation may be there a moment later.
    const which = look === 1 ? { $or: [{ status: 'active' }, IN_ROTATION] } : undefined;
    const affected = await accountsOf(model, party, which);
    if (affected.length === 0) return;
    for (const { account_id } of affected) {
      const choice = { filter: { account_id, ...party }, status: 'active' } as const;
      const now = model.clock();
      onRevoked(
        account_id,
        await revokeMatchingGrants(model, choice, { ...options, id: model.newId(), now }),
      );
    }
  }
  if ((await accountsOf(model, party)).length > 0) {
    throw new Error(`tokens are still issued after ${MAX_LOOKS} looks: stop that, then run it again`);
  }
}
