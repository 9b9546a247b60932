import type { mongo } from 'mongoose';
import pMap from 'p-map';
import { equals } from '../../database/filters.ts';
import { recorded } from '../audit/record.ts';
import type { GrantModel } from '../read-model/model.ts';
import { type Matching, storedGrantsOf } from '../read-model/ordering.ts';
import { IS_PENDING } from '../read-model/pending.ts';
import { IS_SHOWN } from '../read-model/stored-grant.ts';
import { inBatches } from '../rows/batches.ts';
import { type GrantFilter, type GrantStatus, rowsOfGrants } from '../rows/grouping.ts';
import type { StoredGrant } from '../rows/store.ts';
import { UNREVOKED } from '../rows/values.ts';
import { eventOf, type RevocationOptions, type Revoked, revokeBatch } from './batch.ts';
import { revokeByIdentity } from './by-identity.ts';
import { finishAttempts } from './finish.ts';
import { unusedOf } from './unused.ts';

/** The most grants in a batch: more make each statement longer, and no faster. */
export const BATCH = 1_000;

/** Which grants to revoke: what the caller asked for, or may see where grants were chosen by their ids. */
export interface Choice extends Matching {
  /** The status they have now. */
  status: GrantStatus | 'all';
}

/** A grant to revoke, from the read model. */
export type Chosen = Pick<StoredGrant, '_id' | 'grant_hash'>;

/**
 * Revokes the grants that a filter selects, however many, batch by batch. Grants selected as expired or revoked lose
 * only expired rows: nobody asked to revoke a token issued meanwhile.
 *
 * The event is written before the rows are looked at and says that the revocation is under way: a first token that
 * comes after that look has no grant that could carry a mark, so its writer reads the event (docs/guides/store.md).
 *
 * Grants selected as unused are spared if they have been used after all by the time that their mark refuses every use.
 *
 * After a crash, another server finishes the batches that were under way; the rest stay as they were, and repeating the
 * request finishes them.
 */
export function revokeMatchingGrants(
  model: GrantModel,
  choice: Choice,
  options: RevocationOptions,
): Promise<Revoked> {
  const event = { ...eventOf(options), ...selectionOf(choice) };
  return recorded(model, event, async () => {
    await finishAttempts(model, options.id);
    return revokeAll(model, choice, options);
  });
}

/** What an event says of a choice. A first token is not unused, so writers of them have nothing to read then. */
function selectionOf({ filter, unused_since, status }: Choice) {
  return unused_since ? { unused: { ...filter, unused_since }, status } : { filter, status };
}

/**
 * Looks and revokes until nothing is left that could be active: a grant whose token is rotated between a look and the
 * grouping of its rows looks revoked, because the next token is not taken in yet.
 */
async function revokeAll(model: GrantModel, choice: Choice, options: RevocationOptions): Promise<Revoked> {
  const { filter, status } = choice;
  const total: Revoked = { revoked_tokens: 0, revoked_consents: 0 };
  let chosen = 0;
  const revoke = async (batch: Chosen[]) => {
    chosen += batch.length;
    const revoked = await revokeChosen(model, batch, choice, options);
    total.revoked_tokens += revoked.revoked_tokens;
    total.revoked_consents += revoked.revoked_consents;
  };
  for (let look = 1; look <= MAX_LOOKS; look += 1) {
    chosen = 0;
    await model.bringIn(rowsOfGrants(filter), [filter.account_id]);
    await twoAtATime(chosenBatches(model, choice, whichOf(status, look)), revoke, options.stopping);
    if (status !== 'active' || (chosen === 0 && !(await isBeingIssued(model, filter)))) return total;
  }
  model.log.warn({ filter, looks: MAX_LOOKS }, 'rows that a revocation selects are still being written');
  return total;
}

/**
 * Works on two batches at a time: while the read model takes in one, the rows of the next are revoked. After a failure, or
 * once `stopping` is aborted, no other is begun.
 *
 * @throws what went wrong first, but only once the batches under way are done: nothing continues after the response
 */
export async function twoAtATime<Batch>(
  batches: AsyncIterable<Batch>,
  work: (batch: Batch) => Promise<void>,
  stopping: AbortSignal,
): Promise<void> {
  let reason: unknown;
  const rest = async function* () {
    try {
      for await (const batch of batches) {
        if (stopping.aborted) reason ??= stopping.reason;
        if (reason !== undefined) return;
        yield batch;
      }
    } catch (error) {
      reason ??= error;
    }
  };
  const tryNext = async (batch: Batch) => {
    try {
      await work(batch);
    } catch (error) {
      reason ??= error;
    }
  };
  await pMap(rest(), tryNext, { concurrency: 2 });
  if (reason !== undefined) throw reason;
}

/** An import would keep us here until it ends: what it writes meanwhile is not part of what was asked for. */
const MAX_LOOKS = 10;

/** Whether a live token is not taken in yet. */
async function isBeingIssued({ store }: GrantModel, filter: GrantFilter): Promise<boolean> {
  const which = { ...rowsOfGrants(filter), ...IS_PENDING, ...UNREVOKED };
  return (await store.rows.findOne(which, { projection: { _id: 1 } })) !== null;
}

type Which = Pick<mongo.Filter<StoredGrant>, 'status' | 'in_rotation'>;

/** A grant in rotation counts as active; it is looked for before and after, because it may become so meanwhile. */
function whichOf(status: GrantStatus | 'all', look: number): Which[] {
  if (status === 'all') return [IS_SHOWN];
  const which = { status: equals(status) };
  return status === 'active' && look === 1 ? [IN_ROTATION, which, IN_ROTATION] : [which];
}

/** Filter: grants between two tokens. Until the next one is there, their rows look expired or revoked. */
export const IN_ROTATION = { in_rotation: true, status: { $in: ['expired', 'revoked'] } } as const;

/** Comes to an end: a revoked grant moves in the index to where it is not selected, or is selected once more. */
async function* chosenBatches({ store, batchSize }: GrantModel, choice: Choice, which: Which[]) {
  for (const one of which) {
    const found = store.grants.find<Chosen>(
      { ...storedGrantsOf(choice), ...one },
      { projection: { grant_hash: 1 }, batchSize },
    );
    for await (const batch of inBatches(found, Math.min(batchSize, BATCH))) {
      const unused = await unusedOf(store, batch, choice);
      if (unused.length > 0) yield unused;
    }
  }
}

/** Revokes a batch of the grants that a filter selects. */
export async function revokeChosen(
  model: GrantModel,
  batch: Chosen[],
  { filter, status, unused_since }: Choice,
  options: RevocationOptions,
): Promise<Revoked> {
  const selected = { status, unused_since };
  const hashes = batch.map(({ grant_hash }) => grant_hash);
  if (!(await areTheirs(model, hashes))) {
    const identities = batch.map(({ _id }) => _id);
    return revokeByIdentity(model, identities, options, selected);
  }
  const { id: revocation_id, include_consent, now: at } = options;
  const asked = { revocation_id, ...selected, include_consent, at };
  return revokeBatch(model, { hashes, account_ids: [filter.account_id], chosen: { filter }, ...asked });
}

/** Whether no other grant shares one of these hashes, by rare chance. If one does, only the six values tell them apart. */
export async function areTheirs({ grants }: GrantModel, hashes: bigint[]): Promise<boolean> {
  return (await grants.countDocuments({ grant_hash: { $in: hashes } })) === hashes.length;
}
