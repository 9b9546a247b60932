import type { mongo } from 'mongoose';
import type { Collections, RevocationRow } from '../../database/collections.ts';
import { nativeCollection } from '../../database/native.ts';
import type { AccountState } from './accounts.ts';
import type { GrantDocument } from './document.ts';
import type { StateDocument } from './lease.ts';
import type { RevocationBatch } from './mark.ts';

/** Every collection that the read model reads or writes, as the driver has it. */
export interface Store {
  rows: mongo.Collection<Row>;
  consents: mongo.Collection<Row>;
  clients: mongo.Collection<Row>;
  users: mongo.Collection<Row>;
  grants: mongo.Collection<GrantDocument>;
  /** The same collection, for what is in it beside grants. */
  besideGrants: mongo.Collection<Row>;
  state: mongo.Collection<StateDocument>;
  accounts: mongo.Collection<AccountState>;
  batches: mongo.Collection<RevocationBatch>;
  revocations: mongo.Collection<RevocationRow>;
}

/** What other programs write: it may be anything. Consents have ids of any type: what reads these says so. */
export type Row = { _id: string } & mongo.Document;

export function storeOf(collections: Collections): Store {
  return {
    rows: nativeCollection(collections.refreshTokens),
    consents: nativeCollection(collections.consents),
    clients: nativeCollection(collections.clients),
    users: nativeCollection(collections.users),
    grants: nativeCollection(collections.grants),
    besideGrants: nativeCollection(collections.grants),
    state: nativeCollection(collections.modelState),
    accounts: nativeCollection(collections.modelAccounts),
    batches: nativeCollection(collections.modelRevocations),
    revocations: nativeCollection(collections.revocations),
  };
}
