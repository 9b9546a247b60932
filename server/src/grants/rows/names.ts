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

export interface NamesRead {
  /** A client without a name, such as a CIMD client, is named by its id. */
  nameOfClient: (client_id: string) => Pick<Names, 'client_name'>;
  namesOfUser: (user_id: string) => Omit<Names, 'client_name'>;
  namesOf: (grant: GrantIdentity) => Names;
  /** Undefined if none was requested, or nothing is recorded of it. */
  account: Read<AccountState> | undefined;
}

/** Reads the current names of the grants' clients and users, as `readNamesOf` does. */
export function readNames(store: NamedIn, grants: GrantIdentity[], account_id?: string): Promise<NamesRead> {
  const [clients, users] = (['client_id', 'user_id'] as const).map(
    (name) => new Set(grants.map((grant) => grant[name])),
  );
  return readNamesOf(store, { clients, users }, account_id);
}

type NamedIn = Pick<Store, 'clients' | 'users' | 'accounts'>;

/**
 * Reads the current names of clients and users by their ids, and an account's versions at the same moment. All in one
 * command, because commands are what a list costs.
 */
export async function readNamesOf(
  { clients, users, accounts }: NamedIn,
  of: { clients?: ReadonlySet<string> | undefined; users?: ReadonlySet<string> | undefined },
  account_id?: string,
): Promise<NamesRead> {
  const [client_ids, user_ids] = [of.clients ?? [], of.users ?? []].map((ids) => [...ids]);
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
  const batchSize = (client_ids?.length ?? 0) + (user_ids?.length ?? 0) + 2;
  for (const one of await clients.aggregate<Found>(pipeline, { batchSize }).toArray()) {
    if (one.kind === 'client') clientsById.set(one._id, one);
    else if (one.kind === 'user') usersById.set(one._id, one);
    else account = one;
  }
  const nameOfClient = (id: string) => ({ client_name: readText(clientsById.get(id)?.name) ?? id });
  const namesOfUser = (id: string) => {
    const user = usersById.get(id);
    return { user_name: readText(user?.name), user_email: readText(user?.email) };
  };
  const namesOf = ({ client_id, user_id }: GrantIdentity) => ({
    ...nameOfClient(client_id),
    ...namesOfUser(user_id),
  });
  return { nameOfClient, namesOfUser, namesOf, account };
}
