import pMap from 'p-map';
import { nativeCollection } from '../../database/native.ts';
import { type Grant, hashOfRow, IS_MISFILED, type RowFilter } from '../grouping.ts';
import { groupIntoGrants } from '../joining.ts';
import { type GrantDocument, toDocument } from './document.ts';
import { AT_A_TIME, type ModelContext, markGone, regroup } from './regroup.ts';
import { writeDocuments } from './write.ts';

/**
 * Makes the whole read model anew from the rows. Safe while serving, and for several processes at once: a grant that
 * somebody looks at later than this began is looked at again.
 */
export async function rebuild(context: ModelContext): Promise<void> {
  const { collections, state, versions, clock } = context;
  const grants = nativeCollection<GrantDocument>(collections.grants);
  const look = await state.nextLook();
  const write = async (batch: Grant[]) => {
    const documents = batch.map((grant) => toDocument(grant, look));
    const accounts = batch.map(({ account_id }) => account_id);
    const lost = await versions.change(accounts, () => writeDocuments(grants, documents, look));
    await regroup(context, lost);
  };
  await pMap(groupIntoGrants(collections, {}, clock()), write, AT_A_TIME);
  const leftOver = { look: { $lt: look }, status: { $ne: 'gone' } } as const;
  const accounts = await grants.distinct('_id.account_id', leftOver);
  await versions.change(accounts, () => markGone(grants, leftOver, look));
}

/**
 * Gives rows their own hash, those that have another's and those that never had one. Only for who then groups all rows:
 * to anybody else a row with its hash looks as if the model had it.
 */
export async function hashRows({ collections }: ModelContext, which: RowFilter): Promise<void> {
  const rows = nativeCollection(collections.refreshTokens);
  await rows.updateMany({ ...which, ...IS_MISFILED }, [{ $set: { grant_hash: hashOfRow() } }]);
}
