import { equals } from '../../database/filters.ts';
import { recorded } from '../audit/record.ts';
import type { GrantModel } from '../read-model/model.ts';
import { IS_PENDING } from '../read-model/pending.ts';
import { inBatches } from '../rows/batches.ts';
import type { RowFilter } from '../rows/grouping.ts';
import { hasText, text, UNREVOKED } from '../rows/values.ts';
import { eventOf, type RevocationOptions, type Revoked, revokeConsents } from './batch.ts';
import { IN_ROTATION, revokeMatchingGrants } from './by-filter.ts';

/** Whose access is taken back, in every account: a client's, or a user's. */
export type Party = { client_id: string } | { user_id: string };

/** An account, and how many active grants the party has in it, and how many consents that are not revoked. */
export interface Affected {
  account_id: string;
  grants: number;
  consents: number;
}

/**
 * Finds the accounts in which a party has active grants or, if they are asked for, consents. Takes in what is pending
 * first, however long that takes, and reads all active grants: no index of theirs begins with a client or a user.
 *
 * @param which of the stored grants
 */
export async function accountsOf(
  model: GrantModel,
  party: Party,
  { include_consent, which }: { include_consent: boolean; which?: object },
): Promise<Affected[]> {
  const found = new Map<string, Affected>();
  const add = (account_id: string, { grants = 0, consents = 0 }: Partial<Affected>) => {
    const known = found.get(account_id) ?? { grants: 0, consents: 0 };
    found.set(account_id, { account_id, grants: known.grants + grants, consents: known.consents + consents });
  };
  for (const { _id, grants } of await grantsOf(model, party, which)) add(_id, { grants });
  if (include_consent) for (const { _id, consents } of await consentsOf(model, party)) add(_id, { consents });
  return [...found.values()].sort((one, other) => (one.account_id < other.account_id ? -1 : 1));
}

async function grantsOf(model: GrantModel, party: Party, which: object = { status: 'active' }) {
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
    ],
    { allowDiskUse: true },
  );
  return found.toArray();
}

function consentsOf({ store }: GrantModel, party: Party) {
  return store.consents
    .aggregate<{ _id: string; consents: number }>([
      { $match: unrevokedOf(party) },
      { $group: { _id: text('$account_id', ''), consents: { $sum: 1 } } },
    ])
    .toArray();
}

function unrevokedOf(party: Party): RowFilter {
  const [[name, value] = ['', '']] = Object.entries(party);
  return { [name]: hasText(value), ...UNREVOKED };
}

/** How often accounts are looked for: a token may be issued in another one meanwhile. */
const MAX_LOOKS = 5;

/**
 * Revokes all active grants of a party, account by account, each as one revocation by filter. With their consents, it
 * then revokes those that no active grant names, too: a consent that is remembered lets a client in again without a
 * question. Repeating it is safe, and does what was left.
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
    const { include_consent } = options;
    const affected = await accountsOf(model, party, { include_consent, ...(which && { which }) });
    if (affected.length === 0) return;
    for (const { account_id, consents } of affected) {
      const begun = () => ({ ...options, id: model.newId(), now: model.clock() });
      // Also where it counts none: tokens issued since have no grant yet.
      const choice = { filter: { account_id, ...party }, status: 'active' } as const;
      const revoked = await revokeMatchingGrants(model, choice, begun());
      if (consents > 0) revoked.revoked_consents += await revokeLeft(model, account_id, party, begun());
      onRevoked(account_id, revoked);
    }
  }
  if ((await accountsOf(model, party, options)).length > 0) {
    throw new Error(
      `tokens or consents are still given after ${MAX_LOOKS} looks: stop that, then run it again`,
    );
  }
}

/** How many consents one statement revokes. */
const CONSENTS_AT_ONCE = 1_000;

/** Revokes a party's consents in an account, whether or not a token names them. Returns how many. */
function revokeLeft(
  model: GrantModel,
  account_id: string,
  party: Party,
  options: RevocationOptions,
): Promise<number> {
  const { consents } = model.store;
  const which = { ...unrevokedOf(party), account_id: hasText(account_id) };
  return recorded(model, eventOf(options), async () => {
    let revoked = 0;
    const left = consents.find(which, { projection: { _id: 1 } });
    for await (const some of inBatches(left, CONSENTS_AT_ONCE)) {
      options.stopping.throwIfAborted();
      revoked += await revokeConsents(model.store, some, { at: options.now, revocation_id: options.id });
    }
    return revoked;
  });
}
