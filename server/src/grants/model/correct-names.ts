import type { mongo } from 'mongoose';
import { readNames } from '../joining.ts';
import { type GrantDocument, nameKeys, type ShownDocument } from './document.ts';
import type { GrantModel } from './model.ts';

type Correction = mongo.AnyBulkWriteOperation<GrantDocument>;

/**
 * Compares the names that documents show with those of clients and users as they are now: their rows do not say when
 * they changed. Puts what is out of date right in the whole account, and says whether all was right.
 */
export async function correctNames(model: GrantModel, shown: ShownDocument[]): Promise<boolean> {
  const namesOf = await readNames(
    model.store,
    shown.map(({ _id }) => _id),
  );
  const corrections = new Map<string, Correction>();
  for (const document of shown) {
    const { account_id, client_id, user_id } = document._id;
    const names = namesOf(document._id);
    const { client_name, user_name, user_email } = names;
    if (client_name !== document.client_name) {
      const { client_key } = nameKeys(names);
      const update = { $set: { client_name, client_key } };
      const filter = { '_id.account_id': account_id, '_id.client_id': client_id };
      corrections.set(`client ${client_id}`, { updateMany: { filter, update } });
    }
    if (user_name !== document.user_name || user_email !== document.user_email) {
      const { user_key } = nameKeys(names);
      const update = { $set: { user_name, user_key, user_email } };
      const filter = { '_id.account_id': account_id, '_id.user_id': user_id };
      corrections.set(`user ${user_id}`, { updateMany: { filter, update } });
    }
  }
  if (corrections.size === 0) return true;
  const accounts = shown.map(({ _id }) => _id.account_id);
  const correct = () => model.grants.bulkWrite([...corrections.values()], { ordered: false });
  await model.versions.change(accounts, correct, { recount: false });
  return false;
}
