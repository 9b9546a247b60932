import { checked } from '../../database/filters.ts';
import type { Names } from './grouping.ts';
import type { GrantIdentity } from './identity.ts';
import type { AccountState, Read, Store } from './store.ts';
import { readText } from './values.ts';

/**
 * The key that sorts names as people do: neither case nor accents split the alphabet. Stored beside the name, so that
 * an index can sort by it.
 */
export function nameKey(name: string): string {
  return name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}

type Found =
  | { kind: 'client'; _id: string; name?: unknown }
  | { kind: 'user'; _id: string; name?: unknown; email?: unknown }
  | ({ kind: 'account' } & Read<AccountState>);

interface NamesRead {
  /** A client without a name, such as a CIMD client, is named by its id. */
  namesOf: (grant: GrantIdentity) => Names;
  /** Undefined if none was requested, or nothing is recorded of it. */
  account: Read<AccountState> | undefined;
}

/**
 * Reads the current names of the grants' clients and users, and an account's versions at the same moment. All in one
 * command, because commands are what a list costs.
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
  // Everything fits into the first batch, which saves asking the database for a second.
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
