import { checked } from '../../database/filters.ts';
import type { Names } from './grouping.ts';
import type { GrantIdentity } from './identity.ts';
import type { AccountState, Read, Store } from './store.ts';
import { readText } from './values.ts';

/**
 * The key by which names sort as a person sorts them: neither case nor accents split the alphabet. Kept beside the
 * name, because an index can hold a key but no rule of sorting.
 */
export function nameKey(name: string): string {
  return name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}

type Found =
  | { kind: 'client'; _id: string; name?: unknown }
  | { kind: 'user'; _id: string; name?: unknown; email?: unknown }
  | ({ kind: 'account' } & Read<AccountState>);

interface NamesRead {
  /** A client without a name is called by its id, as those of CIMD are. */
  namesOf: (grant: GrantIdentity) => Names;
  /** Undefined where none was asked for, or nothing has been written down of it. */
  account: Read<AccountState> | undefined;
}

/**
 * What the clients and users of grants are called now, and what an account's versions are at the same time: one command,
 * for commands are what a list costs.
 */
export async function readNames(
  { clients, users, accounts }: Pick<Store, 'clients' | 'users' | 'accounts'>,
  grants: GrantIdentity[],
  account_id?: string,
): Promise<NamesRead> {
  const [client_ids, user_ids] = (['client_id', 'user_id'] as const).map((name) => [
    ...new Set(grants.map((grant) => grant[name])),
  ]);
  const pipeline: object[] = [
    { $match: { _id: { $in: client_ids } } },
    { $project: { kind: 'client', name: 1 } },
    {
      $unionWith: {
        coll: users.collectionName,
        pipeline: [{ $match: { _id: { $in: user_ids } } }, { $project: { kind: 'user', name: 1, email: 1 } }],
      },
    },
  ];
  if (account_id !== undefined) {
    const read = [{ $match: { _id: checked(account_id) } }, { $set: { kind: 'account', time: '$$NOW' } }];
    pipeline.push({ $unionWith: { coll: accounts.collectionName, pipeline: read } });
  }
  const clientsById = new Map<string, Found & { kind: 'client' }>();
  const usersById = new Map<string, Found & { kind: 'user' }>();
  let account: Read<AccountState> | undefined;
  // All of it fits into the first batch: else the database is asked for another.
  const found = await clients.aggregate<Found>(pipeline, { batchSize: 2 * grants.length + 2 }).toArray();
  for (const one of found) {
    if (one.kind === 'client') clientsById.set(one._id, one);
    else if (one.kind === 'user') usersById.set(one._id, one);
    else account = one;
  }
  const namesOf = ({ client_id, user_id }: GrantIdentity) => {
    const user = usersById.get(user_id);
    return {
      client_name: readText(clientsById.get(client_id)?.name) ?? client_id,
      user_name: readText(user?.name),
      user_email: readText(user?.email),
    };
  };
  return { namesOf, account };
}
