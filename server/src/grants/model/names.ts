import type { ClientRow, Collections, UserRow } from '../../database/collections.ts';
import { nativeCollection } from '../../database/native.ts';
import { type GrantDocument, nameKeys } from './document.ts';

/**
 * The names of clients and users as they are now. Their rows do not say when they changed, so a name is compared where
 * it is shown; gives whether any was out of date, and has been put right in the whole account.
 */
export async function refreshNames(collections: Collections, shown: GrantDocument[]): Promise<boolean> {
  const [clients, users] = await Promise.all([
    rowsById<ClientRow>(collections.clients, shown.map(({ _id }) => _id.client_id)),
    rowsById<UserRow>(collections.users, shown.map(({ _id }) => _id.user_id)),
  ]);
  const updates = new Map<string, { filter: object; update: object }>();
  for (const { _id, client_name, user_name, user_email } of shown) {
    const { account_id, client_id, user_id } = _id;
    const user = users.get(user_id);
    const now = {
      client_name: clients.get(client_id)?.name ?? client_id,
      user_name: user?.name ?? null,
      user_email: user?.email ?? null,
    };
    const { client_key, user_key } = nameKeys(now);
    if (now.client_name !== client_name) {
      updates.set(`client ${account_id} ${client_id}`, {
        filter: { '_id.account_id': account_id, '_id.client_id': client_id },
        update: { $set: { client_name: now.client_name, client_key } },
      });
    }
    if (now.user_name !== user_name || now.user_email !== user_email) {
      updates.set(`user ${account_id} ${user_id}`, {
        filter: { '_id.account_id': account_id, '_id.user_id': user_id },
        update: { $set: { user_name: now.user_name, user_key, user_email: now.user_email } },
      });
    }
  }
  if (updates.size === 0) return false;
  const grants = nativeCollection<GrantDocument>(collections.grants);
  await grants.bulkWrite([...updates.values()].map((updateMany) => ({ updateMany })), { ordered: false });
  return true;
}

async function rowsById<Row extends { _id: string }>(
  model: Parameters<typeof nativeCollection>[0],
  ids: string[],
): Promise<Map<string, Row>> {
  const found = await nativeCollection<{ _id: string }>(model).find<Row>({ _id: { $in: [...new Set(ids)] } }).toArray();
  return new Map(found.map((row) => [row._id, row]));
}
