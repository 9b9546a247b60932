import { nativeCollection } from '../../database/native.ts';
import { inBatches } from '../batches.ts';
import { type Grant, groupIntoGrants } from '../grouping.ts';
import { HASH } from './changes.ts';
import { type GrantDocument, toDocument } from './document.ts';
import { type ModelContext, writeDocuments } from './regroup.ts';
import { readState } from './state.ts';

const BATCH = 1_000;

/**
 * Makes the whole read model anew from the rows. Safe while serving, and for several processes at once: a grant that
 * somebody looks at later than this began keeps what they saw.
 */
export async function rebuild(context: ModelContext, now: Date): Promise<void> {
  const rows = nativeCollection(context.collections.refreshTokens);
  const grants = nativeCollection<GrantDocument>(context.collections.grants);
  await rows.updateMany({ grant_hash: null }, [{ $set: { grant_hash: HASH } }]);
  const { time: lookedAt } = await readState(context.collections);
  const grouped = rows.aggregate<Grant>(groupIntoGrants({}, now), { allowDiskUse: true });
  for await (const batch of inBatches(grouped, BATCH)) {
    const accounts = batch.map(({ account_id }) => account_id);
    const documents = batch.map((grant) => toDocument(grant, lookedAt));
    await context.versions.change(accounts, () => writeDocuments(grants, documents));
  }
  const gone = { grouped_at: { $lt: lookedAt } };
  const accounts = await grants.distinct('_id.account_id', gone);
  await context.versions.change(accounts, () => grants.deleteMany(gone));
}
