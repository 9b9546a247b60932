import { recorded } from '../audit/record.ts';
import type { GrantModel } from '../read-model/model.ts';
import { countRevoked, eventOf, type RevocationOptions, type Revoked } from './batch.ts';
import { revokeChosen, twoAtATime } from './by-filter.ts';
import { changesSince, incomplete, type PreviewChanges, readChunks } from './preview-changes.ts';
import { PreviewLease, type Refusal } from './preview-lease.ts';
import { chunksOf, type PreviewChunk, previewStoreOf } from './preview-store.ts';

export interface ExecutionOptions extends Pick<RevocationOptions, 'asked' | 'now' | 'stopping'> {
  /** Who asks: another user's preview is as one that is gone. */
  by: string;
  /** The id of the request, which its repetitions share. */
  request: string;
}

/** Why a preview was not executed. */
export type Refused =
  | Refusal
  | { refused: 'changed'; changes: PreviewChanges }
  /** Another request took over in the middle, because this one was silent for too long: it does the rest. */
  | { refused: 'overtaken' };

/** The lease was lost: thrown, so that the event of the revocation is not finished here. */
class Overtaken extends Error {
  override readonly name = 'Overtaken';
}

/**
 * Revokes exactly the grants of a preview, once, if they are still those that it selects and have the same statuses.
 *
 * If it is cut off, the next call does the rest, without comparing again: part of the grants are revoked by then. What
 * was issued meanwhile for a grant that was done is not touched.
 */
export async function executePreview(
  model: GrantModel,
  id: string,
  { by, request, ...options }: ExecutionOptions,
): Promise<Revoked | Refused> {
  const lease = await PreviewLease.take(model, id, { by, request });
  if (!(lease instanceof PreviewLease)) return lease;
  const { now, stopping } = options;
  try {
    const { preview } = lease;
    if (!preview.begun_at) {
      if (preview.expires_at <= now) return { refused: 'expired' };
      const changes = await changesSince(model, preview, stopping);
      if (changes) return { refused: 'changed', changes };
    }
    if (!(await lease.begin(now, request))) return { refused: 'executing' };
    // Without its filter, which would tell writers that a first token is to be revoked, too.
    const event = eventOf({ ...options, id, include_consent: preview.include_consent });
    return await recorded(model, event, () => revokePreviewed(model, lease, options));
  } catch (error) {
    if (error instanceof Overtaken) return { refused: 'overtaken' };
    throw error;
  } finally {
    await lease.release().catch((err: unknown) => {
      model.log.warn({ err }, 'could not release a preview: it can be executed again in 20 seconds');
    });
  }
}

async function revokePreviewed(
  model: GrantModel,
  lease: PreviewLease,
  options: Pick<RevocationOptions, 'asked' | 'now' | 'stopping'>,
): Promise<Revoked> {
  const { previews, chunks } = previewStoreOf(model.collections);
  const { preview } = lease;
  const { _id, include_consent } = preview;
  let found = 0;
  const stillOwn = async () => {
    if (!(await lease.renew())) throw new Overtaken('another request executes this preview now');
  };
  const rest = async function* () {
    for await (const chunk of readChunks(model, _id)) {
      found += 1;
      if (!chunk.done) yield chunk;
    }
  };
  const revoke = async ({ _id: chunk, grants }: PreviewChunk) => {
    await stillOwn();
    const chosen = grants.map(({ identity, grant_hash }) => ({ _id: identity, grant_hash }));
    await revokeChosen(model, chosen, preview, { ...options, id: _id, include_consent });
    await chunks.updateOne({ _id: chunk }, { $set: { done: true } });
  };
  await twoAtATime(rest(), revoke, options.stopping);
  // Whoever took over may have finished, and deleted the set.
  await stillOwn();
  if (found !== preview.chunks) throw incomplete(preview);
  // Also what was revoked by a call that was cut off, or by the server that finished its batch.
  const revoked = await countRevoked(model.store, _id);
  await previews.updateOne({ _id }, { $set: { executed_at: model.clock(), ...revoked } });
  await chunks.deleteMany(chunksOf(_id));
  return revoked;
}
