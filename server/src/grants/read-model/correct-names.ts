import type { mongo } from 'mongoose';
import type { Names } from '../rows/grouping.ts';
import { readNames } from '../rows/names.ts';
import type { StoredGrant } from '../rows/store.ts';
import type { Versions } from './accounts.ts';
import type { ModelContext } from './context.ts';
import { type Party, renameParty, wordsOfParty } from './parties.ts';
import { nameKeys, type ShownFields } from './stored-grant.ts';

type Correction = mongo.AnyBulkWriteOperation<StoredGrant>;

export interface Corrected {
  /** Whether the stored grants already had the current names. */
  wereRight: boolean;
  /** The account's versions when the names were read; undefined while it is being changed. */
  versions: Versions | undefined;
}

/**
 * Compares the names in the stored grants of an account with the current names of clients and users, whose rows do not
 * say when they changed. Corrects outdated names in the whole account.
 */
export async function correctNames(
  model: ModelContext,
  shown: ShownFields[],
  account_id: string,
): Promise<Corrected> {
  const identities = shown.map(({ _id }) => _id);
  const { namesOf, account } = await readNames(model.store, identities, account_id);
  const versions = model.versions.note(account_id, account);
  const corrections = new Map<string, Correction>();
  const renames = new Map<string, () => Promise<void>>();
  const rename = (kind: Party['kind'], id: string, names: Names) =>
    renameParty(model.store, { account_id, kind, id }, wordsOfParty(kind, names));
  for (const grant of shown) {
    const { client_id, user_id } = grant._id;
    const names = namesOf(grant._id);
    const { client_name, user_name, user_email } = names;
    if (client_name !== grant.client_name) {
      const { client_key } = nameKeys(names);
      const update = { $set: { client_name, client_key } };
      const filter = { '_id.account_id': account_id, '_id.client_id': client_id };
      corrections.set(`client ${client_id}`, { updateMany: { filter, update } });
      renames.set(`client ${client_id}`, () => rename('client', client_id, names));
    }
    if (user_name !== grant.user_name || user_email !== grant.user_email) {
      const { user_key } = nameKeys(names);
      const update = { $set: { user_name, user_key, user_email } };
      const filter = { '_id.account_id': account_id, '_id.user_id': user_id };
      corrections.set(`user ${user_id}`, { updateMany: { filter, update } });
      renames.set(`user ${user_id}`, () => rename('user', user_id, names));
    }
  }
  if (corrections.size === 0) return { wereRight: true, versions };
  const correct = () =>
    Promise.all([
      model.store.grants.bulkWrite([...corrections.values()], { ordered: false }),
      ...[...renames.values()].map((one) => one()),
    ]);
  await model.versions.change([account_id], correct, { recount: false });
  return { wereRight: false, versions };
}
