import type { mongo } from 'mongoose';
import type { Collections, RevocationRow } from '../../database/collections.ts';
import { nativeCollection } from '../../database/native.ts';
import type { ConsentId } from './consent-ids.ts';
import type { Grant, GrantFilter, GrantStatus } from './grouping.ts';
import type { GrantIdentity } from './identity.ts';

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

/** A grant as the read model keeps it. */
export interface GrantDocument extends Omit<Grant, keyof GrantIdentity | 'status'> {
  _id: GrantIdentity;
  /** A grant whose rows are all gone stays for a day as `gone`, so that nobody who saw them before brings it back. */
  status: GrantStatus | 'gone';
  client_key: string;
  user_key: string | null;
  /** Another one after every write: whoever read an older one does not write over a newer. */
  version: string;
  /** The mark of the last revocation. */
  revocation?: string;
  /** That one is under way. */
  revoking?: boolean;
  /** When it was found gone, by the database's clock. */
  gone_at?: Date;
}

export interface AccountState {
  _id: string;
  /** Another one after every change; never the same again. */
  version: string;
  /** The same for changes of how many grants there are of each status. */
  count_version?: string;
  /** Who is changing the account's grants, and since when. */
  writers?: Record<string, Date>;
}

export interface StateDocument {
  _id: string;
  /** Who takes in a backlog, and until when unless it says so again; by the database's clock. */
  lease?: { holder: string; until: Date };
  /** How far that is. */
  backlog?: Progress;
  /** How far the scan for rows is that were written without being unset. */
  scanned?: Record<string, string>;
}

export interface Progress {
  /** How many rows and consents are left. */
  left: number;
  /** How many are taken in a second. */
  rate: number;
}

/** Whose rows are revoked. */
export type Chosen =
  /** Those of grants, by what makes them. */
  | { grants: GrantIdentity[] }
  /** Those with the hashes of the batch, of grants that a filter has chosen. */
  | { filter: GrantFilter }
  /** Those that name a person's consent. */
  | OfConsent;

export interface OfConsent {
  consent_id: ConsentId;
  user_id: string;
}

/** Grants under revocation. Written before they are marked, so that it outlives their documents. */
export interface RevocationBatch {
  _id: string;
  /** What the grants are marked with; another one when somebody else finishes the batch. */
  mark: string;
  /** Of the grants. */
  hashes: bigint[];
  account_ids: string[];
  chosen: Chosen;
  /** Of grants that were chosen as expired or revoked, only rows that have expired. */
  status: GrantStatus | 'all';
  include_consent: boolean;
  /** When the rows are revoked. */
  at: Date;
  /** When it was asked for, and when somebody last began to carry it out; by the database's clock. */
  begun_at: Date;
  tried_at: Date;
  finished_at: Date | null;
}

/** A document, and when it was read, by the database's clock. */
export type Read<Document> = Document & { time: Date };
