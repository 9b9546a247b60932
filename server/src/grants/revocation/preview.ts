import { mongo } from 'mongoose';
import { correctNames } from '../read-model/correct-names.ts';
import type { GrantModel } from '../read-model/model.ts';
import { fromStored, SHOWN_FIELDS, type ShownFields, type ShownGrant } from '../read-model/stored-grant.ts';
import type { GrantIdentity } from '../rows/identity.ts';
import type { RevocationOptions } from './batch.ts';
import { BATCH } from './by-filter.ts';
import { PreviewCounts } from './preview-counts.ts';
import {
  bringInSelected,
  compareGrants,
  grantsWithIdentity,
  type SelectedGrant,
  selectedGrants,
} from './preview-selection.ts';
import {
  chunksOf,
  type PreviewedGrant,
  type PreviewStore,
  previewStoreOf,
  type Selection,
} from './preview-store.ts';

/** What a preview shows. */
export interface Preview {
  id: string;
  grants: number;
  tokens: number;
  consents: number;
  /** Up to ten of the grants, those granted last first. */
  sample: ShownGrant[];
  expires_at: Date;
}

/** As for the revocation itself; the preview and its execution have the id of these. */
export interface PreviewOptions extends RevocationOptions {
  /** Who asks: nobody else can execute it. */
  by: string;
}

/** How long a preview can be executed, in milliseconds. */
const LIFETIME = 10 * 60_000;

const SAMPLE = 10;

/** How many previews of one user are kept: each may be large. */
const MAX_PREVIEWS = 10;

/**
 * Previews a revocation: stores which grants are selected, with their statuses, and counts what would change. Changes
 * none of them. Memory stays bounded, however many match.
 *
 * @param identities the grants, if they were chosen by their ids; all of them exist
 * @returns what to show; it can be executed until `expires_at`
 */
export async function previewRevocation(
  model: GrantModel,
  selection: Selection,
  options: PreviewOptions,
  identities?: GrantIdentity[],
): Promise<Preview> {
  const { id, by, include_consent, now, stopping } = options;
  const store = previewStoreOf(model.collections);
  const counts = new PreviewCounts(model, selection, options);
  const newest: SelectedGrant[] = [];
  let [grants, chunks] = [0, 0];
  if (!identities) await bringInSelected(model, selection);
  const chosen = identities
    ? grantsWithIdentity(model, identities.toSorted(compareGrants), { isFresh: true })
    : selectedGrants(model, selection);
  for await (const batch of inChunks(chosen, Math.min(model.batchSize, BATCH))) {
    stopping.throwIfAborted();
    await counts.add(batch);
    await storeChunk(store, { preview: id, index: chunks }, batch);
    chunks += 1;
    const shown = batch.filter(({ is_uncounted }) => !is_uncounted);
    grants += shown.length;
    newest.push(...shown);
    newest.sort((one, other) => other.granted_at.getTime() - one.granted_at.getTime()).splice(SAMPLE);
  }
  const { tokens, consents } = counts;
  const expires_at = new Date(now.getTime() + LIFETIME);
  const stored = { by, ...selection, include_consent, chunks, expires_at, begun_at: null, executed_at: null };
  await store.previews.updateOne(
    { _id: id },
    {
      $set: { ...stored, revoked_tokens: 0, revoked_consents: 0 },
      $currentDate: { kept_from: true },
    },
    { upsert: true },
  );
  await dropOldest(store, by);
  const sample = await readSample(model, newest);
  return { id, grants, tokens, consents, sample, expires_at };
}

/** Far below the size limit of a document, 16 MB. */
const MAX_BYTES = 4 * 1024 * 1024;

/** Cuts grants into chunks that one document holds and one batch revokes. */
async function* inChunks(
  grants: AsyncIterable<SelectedGrant>,
  length: number,
): AsyncGenerator<SelectedGrant[]> {
  let chunk: SelectedGrant[] = [];
  let size = 0;
  for await (const grant of grants) {
    const bytes = mongo.BSON.calculateObjectSize(grant);
    if (chunk.length === length || (chunk.length > 0 && size + bytes > MAX_BYTES)) {
      yield chunk;
      chunk = [];
      size = 0;
    }
    chunk.push(grant);
    size += bytes;
  }
  if (chunk.length > 0) yield chunk;
}

async function storeChunk(
  { chunks }: PreviewStore,
  _id: { preview: string; index: number },
  batch: SelectedGrant[],
): Promise<void> {
  const grants = batch.map(({ granted_at: _, ...grant }): PreviewedGrant => grant);
  await chunks.updateOne({ _id }, { $set: { grants }, $currentDate: { kept_from: true } }, { upsert: true });
}

async function readSample(model: GrantModel, newest: SelectedGrant[]): Promise<ShownGrant[]> {
  const [first] = newest;
  if (!first) return [];
  const which = { _id: { $in: newest.map(({ identity }) => identity) } };
  for (;;) {
    const stored = await model.grants.find<ShownFields>(which, { projection: SHOWN_FIELDS }).toArray();
    const { wereRight } = await correctNames(model, stored, first.identity.account_id);
    if (!wereRight) continue;
    return stored
      .flatMap((grant) => fromStored(grant) ?? [])
      .sort((one, other) => other.granted_at.getTime() - one.granted_at.getTime());
  }
}

/**
 * Deletes a user's oldest previews where there are too many, but none that is being executed, and none whose execution
 * was cut off: its token revokes the rest.
 */
async function dropOldest({ previews, chunks }: PreviewStore, by: string): Promise<void> {
  const isWhole = [{ begun_at: null }, { executed_at: { $ne: null } }];
  const which = { by: { $eq: by }, lease: { $exists: false }, $or: isWhole };
  const oldest = await previews
    .find(which, { projection: { _id: 1 } })
    .sort({ kept_from: -1 })
    .skip(MAX_PREVIEWS)
    .toArray();
  for (const { _id } of oldest) {
    const { deletedCount } = await previews.deleteOne({ _id, ...which });
    if (deletedCount > 0) await chunks.deleteMany(chunksOf(_id));
  }
}
