import { randomUUID } from 'node:crypto';
import type { mongo } from 'mongoose';
import pMap from 'p-map';
import type { RevocationRow } from '../../database/collections.ts';
import { equals } from '../../database/filters.ts';
import { nativeCollection } from '../../database/native.ts';
import { inBatches } from '../batches.ts';
import type { GrantFilter, GrantStatus, RowFilter } from '../grouping.ts';
import { type RevocationOptions, type Revoked, revokeGrants } from '../revocation.ts';
import { expiredBy } from '../values.ts';
import { type GrantDocument, IS_SHOWN } from './document.ts';
import type { GrantModel } from './model.ts';
import { documentsOf } from './ordering.ts';
import { regroup } from './regroup.ts';
import { type Chosen, revokeRowsBehind } from './revoke-rows.ts';

/** How many grants a batch revokes, at most: more make each statement longer and no faster. */
const BATCH = 1_000;

/** While the read model takes in one batch, the rows of the next are revoked. */
const TWO_AT_A_TIME = { concurrency: 2 } as const;

/** Which grants to revoke. */
export interface Choice {
  filter: GrantFilter;
  /** The status that they have now. */
  status: GrantStatus | 'all';
  /** Who asks, for the record. */
  by: string;
}

/**
 * Revokes the grants that a filter chooses, however many, batch by batch: consents first, where asked, then rows, then
 * the read model, so that no refresh has to find out. Grants chosen as expired or revoked lose only rows that have
 * expired: a token issued meanwhile is one that nobody asked to revoke.
 *
 * Every step is idempotent. A crash leaves a record that is not finished, and grants that are as they were chosen; the
 * same request repeated finishes them. What changed nothing leaves no record: else anybody could fill the collection.
 */
export async function revokeMatchingGrants(
  model: GrantModel,
  choice: Choice,
  options: RevocationOptions,
): Promise<Revoked> {
  await model.refresh();
  const revocations = nativeCollection<RevocationRow>(model.collections.revocations);
  const { include_consent, now: at } = options;
  const total: Revoked = { revoked_tokens: 0, revoked_consents: 0 };
  const record = {
    _id: randomUUID(),
    at,
    ...choice,
    include_consent,
    grants: 0,
    ...total,
    finished_at: null,
  };
  const revokeNext = async (batch: Chosen[]) => {
    const revoked = await revokeBatch(model, batch, choice, options);
    total.revoked_tokens += revoked.revoked_tokens;
    total.revoked_consents += revoked.revoked_consents;
    await revocations.updateOne({ _id: record._id }, { $inc: { grants: batch.length, ...revoked } });
  };
  let isRecorded = false;
  let wasStopped = false;
  const batches = async function* () {
    for await (const batch of chosenBatches(model, choice)) {
      wasStopped = options.stopping.aborted;
      if (wasStopped) return;
      if (!isRecorded) await revocations.insertOne(record);
      isRecorded = true;
      yield batch;
    }
  };
  await pMap(batches(), revokeNext, TWO_AT_A_TIME);
  // Only now that the batches under way are done, so that nothing goes on after the answer.
  if (wasStopped) options.stopping.throwIfAborted();
  if (total.revoked_tokens + total.revoked_consents > 0) {
    await revocations.updateOne({ _id: record._id }, { $set: { finished_at: model.clock() } });
  } else if (isRecorded) {
    await revocations.deleteOne({ _id: record._id });
  }
  return total;
}

/** A grant that is revoked moves in the index to where it is not chosen, or is chosen once more: this has an end. */
function chosenBatches({ grants, batchSize }: GrantModel, { filter, status }: Choice) {
  const which = { ...documentsOf(filter), ...(status === 'all' ? IS_SHOWN : { status: equals(status) }) };
  const chosen = grants.find<Chosen>(which, { projection: { grant_hash: 1 }, batchSize });
  return inBatches(chosen, Math.min(batchSize, BATCH));
}

async function revokeBatch(
  model: GrantModel,
  batch: Chosen[],
  { filter: { account_id }, status }: Choice,
  options: RevocationOptions,
): Promise<Revoked> {
  const { now } = options;
  const takesLiveRows = status === 'active' || status === 'all';
  const only: RowFilter = takesLiveRows ? {} : expiredBy(now);
  const hashes = batch.map(({ grant_hash }) => grant_hash);
  if ((await model.grants.countDocuments({ grant_hash: { $in: hashes } })) !== batch.length) {
    // Another grant has one of these hashes, by a rare chance: only the six values tell the two apart.
    const identities = batch.map(({ _id }) => _id);
    return revokeGrants(model, identities, options, only);
  }
  const revocable = takesLiveRows ? IS_SHOWN : { status: equals(status), live_until: { $not: { $gt: now } } };
  return model.write(async (at, watermark) => {
    const before = await model.state.nextLook();
    const own = { id: before, at };
    const revoked = await revokeRowsBehind(model, batch, { ...options, account_id, only, watermark, own });
    await model.versions.change([account_id], () =>
      bringIn(model, batch, { ...revocable, look: { $lt: before } }),
    );
    await model.addOwn(own);
    return revoked;
  });
}

/**
 * Brings a batch into the model. A grant that somebody has looked at since the batch began may have rows that the batch
 * did not see: that one is looked at again. Whoever looked in the meantime and writes later loses, and looks again too.
 */
async function bringIn(
  model: GrantModel,
  batch: Chosen[],
  revocable: mongo.Filter<GrantDocument>,
): Promise<void> {
  const look = await model.state.nextLook();
  const which = { _id: { $in: batch.map(({ _id }) => _id) } };
  const { modifiedCount } = await model.grants.updateMany(
    { ...which, ...revocable },
    { $set: { status: 'revoked', live_until: null, look } },
  );
  if (modifiedCount === batch.length) return;
  const hashes = await model.grants.distinct('grant_hash', { ...which, look: { $ne: look } });
  await regroup(model, hashes);
}
