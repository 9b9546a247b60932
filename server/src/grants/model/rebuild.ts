import { nativeCollection } from '../../database/native.ts';
import { inBatches } from '../batches.ts';
import { type Grant, groupIntoGrants, hashOfRow } from '../grouping.ts';
import { type GrantDocument, toDocument } from './document.ts';
import { type ModelContext, markGone, regroup, writeDocuments } from './regroup.ts';

/**
 * Makes the whole read model anew from the rows. Safe while serving, and for several processes at once: a grant that
 * somebody looks at later than this began is looked at again.
 */
export async function rebuild(context: ModelContext): Promise<void> {
  const rows = nativeCollection(context.collections.refreshTokens);
  const grants = nativeCollection<GrantDocument>(context.collections.grants);
  const look = await context.state.nextLook();
  const grouped = rows.aggregate<Grant>(groupIntoGrants({}, context.clock()), { allowDiskUse: true });
  for await (const batch of inBatches(grouped, context.batchSize)) {
    const accounts = batch.map(({ account_id }) => account_id);
    const documents = batch.map((grant) => toDocument(grant, look));
    const lost = await context.versions.change(accounts, () => writeDocuments(grants, documents));
    await regroup(context, lost);
  }
  const leftOver = { look: { $lt: look }, status: { $ne: 'gone' } } as const;
  const accounts = await grants.distinct('_id.account_id', leftOver);
  await context.versions.change(accounts, () => markGone(grants, leftOver, look));
}

/** Gives every row its hash, before the model is first built: nobody can be told anything yet. */
export async function hashAllRows({ collections }: ModelContext): Promise<void> {
  const rows = nativeCollection(collections.refreshTokens);
  await rows.updateMany({ grant_hash: null }, [{ $set: { grant_hash: hashOfRow() } }]);
}
