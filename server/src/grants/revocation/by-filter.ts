import type { mongo } from 'mongoose';
import pMap from 'p-map';
import { equals } from '../../database/filters.ts';
import { recorded } from '../audit/record.ts';
import type { GrantModel } from '../read-model/model.ts';
import { storedGrantsOf } from '../read-model/ordering.ts';
import { IS_PENDING } from '../read-model/pending.ts';
import { IS_SHOWN } from '../read-model/stored-grant.ts';
import { inBatches } from '../rows/batches.ts';
import { type GrantFilter, type GrantStatus, rowsOfGrants } from '../rows/grouping.ts';
import type { StoredGrant } from '../rows/store.ts';
import { UNREVOKED } from '../rows/values.ts';
import { eventOf, type RevocationOptions, type Revoked, revokeBatch } from './batch.ts';
import { revokeByIdentity } from './by-identity.ts';

/** The most grants in a batch: more make each statement longer, and no faster. */
export const BATCH = 1_000;

/** While the read model takes in one batch, the rows of the next are revoked. */
export const TWO_AT_A_TIME = { concurrency: 2 } as const;

/** Which grants to revoke. */
export interface Choice {
  filter: GrantFilter;
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
 * After a crash, another server finishes the batches that were under way; the rest stay as they were, and repeating the
 * request finishes them.
 */
export function revokeMatchingGrants(
  model: GrantModel,
  { filter, status }: Choice,
  options: RevocationOptions,
): Promise<Revoked> {
  const event = { ...eventOf(options), filter, status };
  return recorded(model, event, () => revokeAll(model, { filter, status }, options));
}

/**
 * Looks and revokes until nothing is left that could be active: a grant whose token is rotated between a look and the
 * grouping of its rows looks revoked, because the next token is not taken in yet.
 */
async function revokeAll(model: GrantModel, choice: Choice, options: RevocationOptions): Promise<Revoked> {
  const { filter, status } = choice;
  const total: Revoked = { revoked_tokens: 0, revoked_consents: 0 };
  /** Why the work ended early, if it did. */
  let reason: unknown;
  let chosen = 0;
  const batches = async function* (which: Which[]) {
    try {
      for await (const batch of chosenBatches(model, filter, which)) {
        if (options.stopping.aborted) reason ??= options.stopping.reason;
        if (reason !== undefined) return;
        chosen += batch.length;
        yield batch;
      }
    } catch (error) {
      reason ??= error;
    }
  };
  const tryNext = async (batch: Chosen[]) => {
    try {
      const revoked = await revokeChosen(model, batch, choice, options);
      total.revoked_tokens += revoked.revoked_tokens;
      total.revoked_consents += revoked.revoked_consents;
    } catch (error) {
      reason ??= error;
    }
  };
  for (let look = 1; look <= MAX_LOOKS; look += 1) {
    chosen = 0;
    await model.bringIn(rowsOfGrants(filter), [filter.account_id]);
    await pMap(batches(whichOf(status, look)), tryNext, TWO_AT_A_TIME);
    // Thrown only once the batches under way are done, so that nothing continues after the response.
    if (reason !== undefined) throw reason;
    if (status !== 'active' || (chosen === 0 && !(await isBeingIssued(model, filter)))) return total;
  }
  model.log.warn({ filter, looks: MAX_LOOKS }, 'rows that a revocation selects are still being written');
  return total;
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
  const inRotation = { in_rotation: true, status: { $in: ['expired', 'revoked'] } } as const;
  return status === 'active' && look === 1 ? [inRotation, which, inRotation] : [which];
}

/** Comes to an end: a revoked grant moves in the index to where it is not selected, or is selected once more. */
async function* chosenBatches({ grants, batchSize }: GrantModel, filter: GrantFilter, which: Which[]) {
  for (const one of which) {
    const found = grants.find<Chosen>(
      { ...storedGrantsOf(filter), ...one },
      { projection: { grant_hash: 1 }, batchSize },
    );
    yield* inBatches(found, Math.min(batchSize, BATCH));
  }
}

/** Revokes a batch of the grants that a filter selects. */
export async function revokeChosen(
  model: GrantModel,
  batch: Chosen[],
  { filter, status }: Pick<Choice, 'filter' | 'status'>,
  options: RevocationOptions,
): Promise<Revoked> {
  const hashes = batch.map(({ grant_hash }) => grant_hash);
  if ((await model.grants.countDocuments({ grant_hash: { $in: hashes } })) !== batch.length) {
    // Another grant shares one of these hashes, by rare chance: only the six values tell the two apart.
    const identities = batch.map(({ _id }) => _id);
    return revokeByIdentity(model, identities, options, status);
  }
  const { id: revocation_id, include_consent, now: at } = options;
  const asked = { revocation_id, status, include_consent, at };
  return revokeBatch(model, { hashes, account_ids: [filter.account_id], chosen: { filter }, ...asked });
}
