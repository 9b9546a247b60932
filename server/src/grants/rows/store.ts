import type { mongo } from 'mongoose';
import type { AuditEntryRow, AuditEventRow, Collections } from '../../database/collections.ts';
import type { ConsentId } from './consent-ids.ts';
import type { Grant, GrantFilter, GrantStatus } from './grouping.ts';
import type { GrantIdentity } from './identity.ts';

/**
 * Every collection that grants are read from or written to, as the driver's own: mongoose would only slow down what is
 * asked of them, or not understand it.
 */
export interface Store {
  rows: mongo.Collection<Row>;
  consents: mongo.Collection<Row>;
  clients: mongo.Collection<Row>;
  users: mongo.Collection<Row>;
  projects: mongo.Collection<Row>;
  grants: mongo.Collection<StoredGrant>;
  /** The same collection, for entries that are not grants. */
  besideGrants: mongo.Collection<Row>;
  parties: mongo.Collection<StoredParty>;
  state: mongo.Collection<ModelState>;
  accounts: mongo.Collection<AccountState>;
  batches: mongo.Collection<RevocationBatch>;
  suspensions: mongo.Collection<Suspension>;
  events: mongo.Collection<AuditEventRow>;
  entries: mongo.Collection<AuditEntryRow>;
}

/** Written by other programs, so a field can hold anything. Consent ids have any type; code that reads them says so. */
export type Row = { _id: string } & mongo.Document;

/** The collections of the database that the store's models are bound to. */
export function storeOf({ grants: { db } }: Collections): Store {
  return {
    rows: db.collection('refresh_tokens'),
    consents: db.collection('consents'),
    clients: db.collection('oauth_clients'),
    users: db.collection('users'),
    projects: db.collection('projects'),
    grants: db.collection('grants'),
    besideGrants: db.collection('grants'),
    parties: db.collection('grant_parties'),
    state: db.collection('grant_model_state'),
    accounts: db.collection('grant_model_accounts'),
    batches: db.collection('grant_model_revocations'),
    suspensions: db.collection('grant_suspensions'),
    events: db.collection('audit_events'),
    entries: db.collection('audit_entries'),
  };
}

/** A grant as the read model stores it. */
export interface StoredGrant extends Omit<Grant, keyof GrantIdentity | 'status' | 'in_rotation'> {
  _id: GrantIdentity;
  /** A grant without rows stays `gone` for a day, so that a process that still saw its rows cannot restore it. */
  status: GrantStatus | 'gone';
  client_key: string;
  user_key: string | null;
  /** New with every write: a process that read an older version does not overwrite a newer one. */
  version: string;
  /** The mark of the latest revocation. */
  revocation?: string;
  /** Set while that revocation is under way, and while the grant is suspended. */
  revoking?: boolean;
  /** The suspension, while the grant is suspended and no revocation of it is under way. */
  suspension?: string;
  suspended_until?: Date;
  /** Set while its newest token is rotated and the next one is not there yet. */
  in_rotation?: boolean;
  /** When the grant was found gone, by the database's clock. */
  gone_at?: Date;
  /** Set where its parties are stored. */
  searchable?: true | null;
}

/** Names a stored party. Its fields are in this order, so that those of one party lie together. */
export interface PartyId {
  account_id: string;
  kind: 'user' | 'client';
  id: string;
  /** Null for the whole account. */
  project_id: string | null;
}

/** A user or client with grants in an account, or in one of its projects. */
export interface StoredParty {
  _id: PartyId;
  /** What it is found by: the words of its name and e-mail. */
  words: string[];
  /** When it was last known to have a grant, by the database's clock. */
  written_at: Date;
}

export interface AccountState {
  _id: string;
  /** New with every change; never reused. */
  version: string;
  /** The same for changes to how many grants have each status. */
  count_version?: string;
  /** Who is changing the account's grants, and since when. */
  writers?: Record<string, Date>;
}

export interface ModelState {
  _id: string;
  /** Which process takes in a backlog, and until when unless it renews; by the database's clock. */
  lease?: { holder: string; until: Date };
  /** How far it has come. */
  backlog?: Progress;
  /** How far the scan for writes that did not unset `grouped` has come, by collection. */
  scanned?: Record<string, string>;
  /** The last party that was checked. */
  checked_party?: PartyId;
}

export interface Progress {
  /** Rows and consents left. */
  left: number;
  /** Rows and consents taken in per second. */
  rate: number;
}

/** Selects the rows to revoke. */
type Chosen =
  /** The rows of these grants, by their six values. */
  | { grants: GrantIdentity[] }
  /** The rows with the batch's hashes, of grants that a filter selects. */
  | { filter: GrantFilter }
  /** The rows that name a user's consent. */
  | OfConsent;

export interface OfConsent {
  consent_id: ConsentId;
  user_id: string;
}

/** Grants under revocation. Written before they are marked, so that it outlives the stored grants. */
export interface RevocationBatch {
  _id: string;
  /** The revocation that it is part of. */
  revocation_id: string;
  /** The mark on the grants; replaced when another process finishes the batch. */
  mark: string;
  /** The hashes of the grants. */
  hashes: bigint[];
  account_ids: string[];
  chosen: Chosen;
  /** The status that the grants were selected by. For expired and revoked ones, only expired rows are revoked. */
  status: GrantStatus | 'all';
  /** Grants that were used at or after this moment are not revoked. */
  unused_since?: Date | undefined;
  include_consent: boolean;
  /** When the rows are revoked. */
  at: Date;
  /** When the revocation was requested, and when a process last began to carry it out; by the database's clock. */
  begun_at: Date;
  tried_at: Date;
  finished_at: Date | null;
}

/** A suspension of a grant. Written before the grant is marked, so that it outlives the stored grant. */
export interface Suspension {
  _id: string;
  grant: GrantIdentity;
  grant_hash: bigint;
  at: Date;
  /** When the grant is revoked unless it is restored before. */
  until: Date;
  by: { user_id: string | null; client_id: string | null };
  /** The highest rank of who suspended the grant: someone of a lower one does not restore it. */
  rank: number;
  /** The audit events of those who raised its rank. */
  raised_by?: string[];
  /** Set once it is too late to restore the grant. */
  over?: boolean;
  /** Null while it lasts. */
  ended_at: Date | null;
  /** How it ended; `refused` if it never began, `lapsed` once the grant had no live token. */
  ended?: 'restored' | 'revoked' | 'refused' | 'lapsed';
  /** When a server last began to revoke the grant because nobody restored it; by the database's clock. */
  tried_at?: Date;
  restored_by?: string;
}

/** A row, and when it was read, by the database's clock. */
export type Read<Stored> = Stored & { time: Date };
