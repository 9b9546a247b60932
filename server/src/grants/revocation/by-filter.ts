import pMap from 'p-map';
import { equals } from '../../database/filters.ts';
import { IS_SHOWN } from '../read-model/document.ts';
import type { GrantModel } from '../read-model/model.ts';
import { documentsOf } from '../read-model/ordering.ts';
import { inBatches } from '../rows/batches.ts';
import { type GrantFilter, type GrantStatus, rowsOfGrants } from '../rows/grouping.ts';
import type { GrantDocument } from '../rows/store.ts';
import { type RevocationOptions, type Revoked, revokeBatch } from './batch.ts';
import { revokeGrants } from './by-identity.ts';

/** The most grants in a batch: more make each statement longer, and no faster. */
const BATCH = 1_000;

/** While the read model takes in one batch, the rows of the next are revoked. */
const TWO_AT_A_TIME = { concurrency: 2 } as const;

/** Which grants to revoke. */
export interface Choice {
  filter: GrantFilter;
  /** The status they have now. */
  status: GrantStatus | 'all';
  /** Who asked, for the record. */
  by: string;
}

/** A grant to revoke, from the read model. */
type Chosen = Pick<GrantDocument, '_id' | 'grant_hash'>;

/**
 * Revokes the grants that a filter selects, however many, batch by batch. Grants selected as expired or revoked lose
 * only expired rows: nobody asked to revoke a token issued meanwhile.
 *
 * A crash leaves an unfinished record. Another server finishes the batches that were under way; the rest stay as they
 * were, and repeating the request finishes them. A request that changed nothing leaves no record, or anybody could fill
 * the collection.
 */
export async function revokeMatchingGrants(
  model: GrantModel,
  choice: Choice,
  options: RevocationOptions,
): Promise<Revoked> {
  const { filter, status } = choice;
  await model.bringIn(rowsOfGrants(filter), [filter.account_id]);
  const { revocations } = model.store;
  const { include_consent, now: at } = options;
  const total: Revoked = { revoked_tokens: 0, revoked_consents: 0 };
  const _id = model.newId();
  const record = {
    _id,
    at,
    ...choice,
    include_consent,
    grants: 0,
    ...total,
    finished_at: null,
  };
  let isRecorded = false;
  /** Why the work ended early, if it did. */
  let reason: unknown;
  const revokeNext = async (batch: Chosen[]) => {
    const revoked = await revokeChosen(model, batch, choice, options);
    total.revoked_tokens += revoked.revoked_tokens;
    total.revoked_consents += revoked.revoked_consents;
    await revocations.updateOne({ _id }, { $inc: { grants: batch.length, ...revoked } });
  };
  const batches = async function* () {
    try {
      for await (const batch of chosenBatches(model, filter, status)) {
        if (options.stopping.aborted) reason ??= options.stopping.reason;
        if (reason !== undefined) return;
        if (!isRecorded) await revocations.insertOne(record);
        isRecorded = true;
        yield batch;
      }
    } catch (error) {
      reason ??= error;
    }
  };
  const tryNext = (batch: Chosen[]) =>
    revokeNext(batch).catch((error: unknown) => {
      reason ??= error;
    });
  await pMap(batches(), tryNext, TWO_AT_A_TIME);
  // Thrown only once the batches under way are done, so that nothing continues after the response.
  if (reason !== undefined) throw reason;
  if (total.revoked_tokens + total.revoked_consents > 0) {
    await revocations.updateOne({ _id }, { $set: { finished_at: model.clock() } });
  } else if (isRecorded) {
    await revocations.deleteOne({ _id });
  }
  return total;
}

/** Comes to an end: a revoked grant moves in the index to where it is not selected, or is selected once more. */
function chosenBatches({ grants, batchSize }: GrantModel, filter: GrantFilter, status: GrantStatus | 'all') {
  const which = { ...documentsOf(filter), ...(status === 'all' ? IS_SHOWN : { status: equals(status) }) };
  const chosen = grants.find<Chosen>(which, { projection: { grant_hash: 1 }, batchSize });
  return inBatches(chosen, Math.min(batchSize, BATCH));
}

async function revokeChosen(
  model: GrantModel,
  batch: Chosen[],
  { filter, status }: Choice,
  options: RevocationOptions,
): Promise<Revoked> {
  const hashes = batch.map(({ grant_hash }) => grant_hash);
  if ((await model.grants.countDocuments({ grant_hash: { $in: hashes } })) !== batch.length) {
    // Another grant shares one of these hashes, by rare chance: only the six values tell the two apart.
    const identities = batch.map(({ _id }) => _id);
    return revokeGrants(model, identities, options, status);
  }
  const { include_consent, now: at } = options;
  const account_ids = [filter.account_id];
  return revokeBatch(model, { hashes, account_ids, chosen: { filter }, status, include_consent, at });
}
