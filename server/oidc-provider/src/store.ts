import { createHash } from 'node:crypto';
import type { Collection } from 'mongodb';
import type Provider from 'oidc-provider';
import type { Adapter, AdapterPayload } from 'oidc-provider';

/** Where a token or a consent belongs, beside its client and its user: three of the six values of a grant. */
export interface Place {
  account_id: string;
  project_id: string;
  resource: string;
}

/** What a place is made from. The same for the first token, each rotation and the consent. */
export interface Placed {
  client_id: string;
  user_id: string;
  scope: string[];
  /** The resource indicators (RFC 8707); empty without any. */
  resources: string[];
}

export type PlaceOf = (placed: Placed) => Place | Promise<Place>;

/** Why a row ended. Grantkeeper's own revocations write `revoked`. */
export type Reason = 'rotated' | 'revoked' | 'reuse' | 'logout' | 'refused';

/** What of a payload is kept: all but its `jti`, the value of the token. A device code keeps it: see collection.ts. */
export type Kept = AdapterPayload;

export interface TokenRow extends Omit<Placed, 'resources'>, Place {
  /** The SHA-256 of the token, in base64url. */
  _id: string;
  consent_id: string;
  /** The row that this one replaced. */
  parent_id: string | null;
  created_at: Date;
  last_used_at: Date | null;
  expires_at: Date | null;
  revoked_at: Date | null;
  revoked_reason?: Reason;
  /** The event that it ended in. */
  revocation_id?: string;
  updated_at: Date;
  oidc: Kept;
}

/** A client that is known by its metadata document only, as it was when somebody consented. */
export interface ClientAtConsent {
  name: string | null;
  redirect_uris: readonly string[];
  /** The SHA-256 of its metadata, in base64url. */
  digest: string;
}

export interface ConsentRow extends Omit<Placed, 'resources'>, Omit<Place, 'resource'> {
  /** The id of the provider's grant. */
  _id: string;
  /** Several where the places of its resource indicators differ. */
  resource: string | string[];
  client?: ClientAtConsent;
  granted_at: Date;
  updated_at: Date;
  expires_at: Date | null;
  revoked_at: Date | null;
  revocation_id?: string;
  /** New whenever all tokens of the consent have been revoked. */
  swept?: string;
  /** When somebody began to; absent when they are done. */
  sweeping?: Date;
  oidc: Kept;
}

/** The mark of a grant: see the guide of the store. */
export interface GrantMark {
  _id: Omit<Placed, 'resources'> & Place;
  revocation?: string;
  /** While it is being revoked, and while it is suspended. */
  revoking?: boolean;
  /** While it is suspended. */
  suspension?: string;
}
type Mark = Pick<GrantMark, 'revocation' | 'revoking' | 'suspension'>;

/** What a token is issued from: its grant, and the grant's mark then. */
export interface Stamp {
  grant: GrantMark['_id'];
  /** Null: it had none. */
  mark: string | null;
}

/** The event of a bulk revocation: see the guide of the store. */
export interface BulkRevocation {
  filter: Partial<Record<'account_id' | 'client_id' | 'user_id' | 'project_id' | 'resource', string>>;
  status: string;
  at: Date;
  renewed_at?: Date;
}

/** An event of Grantkeeper's audit trail, of whatever took access away. */
export interface AuditEvent {
  _id: string;
  at: Date;
  action: 'revoke';
  reason: string;
  by: { user_id: string | null; client_id: string | null };
  operation: string;
  request_id: null;
  include_consent: boolean;
  grants: number;
  revoked_tokens: number;
  revoked_consents: number;
  account_ids: string[];
  attempt: string;
  by_adapter: boolean;
  finished_at: Date | null;
  renewed_at?: Date;
  expire_at: Date;
}

export interface ClientRow {
  _id: string;
  name: string;
  client_uri: string | null;
  logo_uri: string | null;
  is_first_party: boolean;
  oidc?: Kept;
}

export interface Context {
  tokens: Collection<TokenRow>;
  consents: Collection<ConsentRow>;
  grants: Collection<GrantMark>;
  clients: Collection<ClientRow>;
  bulk: Collection<BulkRevocation>;
  events: Collection<AuditEvent>;
  /** Where sessions are kept. */
  sessions: Adapter;
  /** Known once a provider is attached. */
  provider?: Provider;
  placeOf: PlaceOf;
  clock: () => Date;
  /** How long a rotated token may be sent again without ending its family, in milliseconds. */
  grace: number;
  /** How long events are kept, in days. */
  auditDays: number;
}

/** What is kept of a secret: its hash. */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}

/** For writes: what the library leaves undefined is absent, not null. A filter would lose a condition. */
export const AS_GIVEN = { ignoreUndefined: true } as const;

/** A date from seconds since 1970; null without. */
export function dateOf(seconds: number | undefined): Date | null {
  return seconds === undefined ? null : new Date(seconds * 1_000);
}

/** The scopes in texts, separated by spaces, as a sorted set, in the order of MongoDB's own comparison. */
export function scopesIn(...texts: (string | undefined)[]): string[] {
  const scopes = texts.flatMap((text) => text?.split(' ') ?? []).filter(Boolean);
  return [...new Set(scopes)].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** The six values of a grant. */
export async function valuesOf({ placeOf }: Context, placed: Placed) {
  const { resources: _, ...values } = placed;
  return { ...values, ...(await placeOf(placed)) };
}

/** The six values of what a code or a token says of itself, in the order of a grant's. */
export async function grantOfPayload(
  store: Context,
  { clientId = '', accountId = '', scope, resource = [] }: AdapterPayload,
): Promise<GrantMark['_id']> {
  const placed = { client_id: clientId, user_id: accountId, scope: scopesIn(scope) };
  return grantOf(await valuesOf(store, { ...placed, resources: [resource].flat() }));
}

/** A grant with the mark that it has now. */
export async function stampOf(store: Context, grant: GrantMark['_id']): Promise<Stamp> {
  return { grant, mark: (await readMark(store, grant))?.revocation ?? null };
}

/** The mark of a grant, whose values must be in the order of `_id`; null while it has none. */
export function readMark({ grants }: Context, _id: GrantMark['_id']): Promise<Mark | null> {
  return grants.findOne({ _id }, { projection: { revocation: 1, revoking: 1, suspension: 1 } });
}

/** The six values of a row, in the order of a grant's. */
export function grantOf(row: GrantMark['_id']): GrantMark['_id'] {
  const { client_id, user_id, account_id, project_id, resource, scope } = row;
  return { client_id, user_id, account_id, project_id, resource, scope };
}

/** Whether MongoDB refused a write because its `_id` exists. */
export function isDuplicate(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 11_000;
}

/** @throws TypeError without an id: a filter without one would be everybody's */
export function checkGrantId(grantId: string): void {
  if (!grantId) throw new TypeError("the grant has no id, so this would revoke everybody's tokens");
}

/** The update that writers make: what they set, and the read model is told. */
export function written<Row>(fields: Partial<Row>, now: Date) {
  return { $set: { ...fields, updated_at: now }, $unset: { grouped: '' } } as const;
}
