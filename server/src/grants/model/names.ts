import type { mongo } from 'mongoose';
import type { ClientRow, UserRow } from '../../database/collections.ts';
import { nativeCollection } from '../../database/native.ts';
import { type GrantDocument, nameKeys } from './document.ts';
import type { GrantModel } from './model.ts';

type Correction = mongo.AnyBulkWriteOperation<GrantDocument>;

/**
 * Compares the names that documents show with those of clients and users as they are now: their rows do not say when
 * they changed. Puts what is out of date right in the whole account, and says whether all was right.
 */
export async function correctNames(model: GrantModel, shown: GrantDocument[]): Promise<boolean> {
  const { clients, users } = model.collections;
  const [clientRows, userRows] = await Promise.all([
    rowsById<ClientRow>(
      clients,
      shown.map(({ _id }) => _id.client_id),
    ),
    rowsById<UserRow>(
      users,
      shown.map(({ _id }) => _id.user_id),
    ),
  ]);
  const corrections = new Map<string, Correction>();
  for (const document of shown) {
    const { account_id, client_id, user_id } = document._id;
    const user = userRows.get(user_id);
    const client_name = textOf(clientRows.get(client_id)?.name) ?? client_id;
    const user_name = textOf(user?.name);
    const user_email = textOf(user?.email);
    const { client_key, user_key } = nameKeys({ client_name, user_name });
    if (client_name !== document.client_name) {
      const update = { $set: { client_name, client_key } };
      const filter = { '_id.account_id': account_id, '_id.client_id': client_id };
      corrections.set(`client ${client_id}`, { updateMany: { filter, update } });
    }
    if (user_name !== document.user_name || user_email !== document.user_email) {
      const update = { $set: { user_name, user_key, user_email } };
      const filter = { '_id.account_id': account_id, '_id.user_id': user_id };
      corrections.set(`user ${user_id}`, { updateMany: { filter, update } });
    }
  }
  if (corrections.size === 0) return true;
  const accounts = shown.map(({ _id }) => _id.account_id);
  await model.versions.change(accounts, () =>
    model.grants.bulkWrite([...corrections.values()], { ordered: false }),
  );
  return false;
}

/** What is no text counts as missing, as in the aggregation. */
function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

async function rowsById<Row extends { _id: string }>(
  model: Parameters<typeof nativeCollection>[0],
  ids: string[],
): Promise<Map<string, Row>> {
  const wanted = { _id: { $in: [...new Set(ids)] } };
  const found = await nativeCollection<{ _id: string }>(model).find<Row>(wanted).toArray();
  return new Map(found.map((row) => [row._id, row]));
}
