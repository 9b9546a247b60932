import { type Connection, type IndexDefinition, type InferSchemaType, Schema } from 'mongoose';

/*
 * The store, collection by collection. Other programs, above all the authorization server, write these rows too, so
 * names and meanings are a contract of their own, documented in docs/guides/store.md. A missing optional date is null.
 */

const required = { type: String, required: true } as const;
const requiredDate = { type: Date, required: true } as const;
const options = { versionKey: false } as const;

/** The six values that identify a grant, as in every row that belongs to one. `scope` is a set. */
const grantValues = {
  client_id: required,
  user_id: required,
  account_id: required,
  project_id: required,
  resource: required,
  scope: { type: [String], required: true },
} as const;

/**
 * Ours: how far the read model is with a row. Missing: pending. With a claim: pending, and some process has begun.
 * Done: settled. `at` is the row's `updated_at` when it was claimed, which exposes a writer that forgot to unset this.
 */
const grouped = { claim: String, done: Boolean, at: Date } as const;

/**
 * Contains what is pending, and nothing else. None of its fields changes while a row is pending: a moving entry might
 * be missed by a scan. The planner finds this index; with a hint, a filter that does not fit would return nothing.
 */
const PENDING_INDEX = [
  { 'grouped.done': 1, account_id: 1 },
  { partialFilterExpression: { 'grouped.done': null } },
] as const;

/** What a revocation changed, to count it where the process that carried it out is gone. */
const REVOCATION_INDEX = [{ revocation_id: 1 }, { sparse: true }] as const;

const refreshTokens = new Schema(
  {
    _id: required,
    /** A consent's id, of any type. */
    consent_id: Schema.Types.Mixed,
    ...grantValues,
    created_at: requiredDate,
    last_used_at: Date,
    expires_at: Date,
    revoked_at: Date,
    /** Why it ended. Here only `rotated` is read. */
    revoked_reason: String,
    revocation_id: String,
    updated_at: requiredDate,
    grouped,
    /** Ours, not the writers': finds a grant's rows. */
    grant_hash: BigInt,
    /** Ours: to be deleted once the read model has let go of the row. */
    purged: Boolean,
  },
  options,
)
  // One grant's rows, by all its values but the scope set.
  .index({ account_id: 1, user_id: 1, client_id: 1, project_id: 1, resource: 1 })
  // One grant's rows, by its hash.
  .index({ grant_hash: 1 })
  .index(...PENDING_INDEX)
  // Last use and expiry of the tokens of each of a user's consents, without reading a row.
  .index({ user_id: 1, consent_id: 1, last_used_at: 1, expires_at: 1 })
  .index(...REVOCATION_INDEX);

const consents = new Schema(
  {
    /** Of any type: no code may assume a string. */
    _id: { type: Schema.Types.Mixed, required: true },
    ...grantValues,
    /** A consent may be for several: a string, or an array of strings. */
    resource: { type: Schema.Types.Mixed, required: true },
    granted_at: requiredDate,
    updated_at: requiredDate,
    expires_at: Date,
    revoked_at: Date,
    revocation_id: String,
    grouped,
  },
  options,
)
  // A user's consents, newest first.
  .index({ user_id: 1, granted_at: -1 })
  // A client's consents in every account, for when it is cut off everywhere.
  .index({ client_id: 1, account_id: 1 })
  .index(...PENDING_INDEX)
  .index(...REVOCATION_INDEX);

const clients = new Schema(
  {
    _id: required,
    name: required,
    client_uri: String,
    logo_uri: String,
    is_first_party: { type: Boolean, required: true },
  },
  options,
);

const users = new Schema({ _id: required, name: String, email: String }, options);

const projects = new Schema({ _id: required, name: String }, options);

/** Proof that a user has just verified their identity again. */
const verificationRecords = new Schema(
  {
    _id: required,
    user_id: required,
    type: required,
    verified: { type: Boolean, required: true },
    expires_at: requiredDate,
  },
  options,
);

const organizationScopes = new Schema({ _id: required, name: required, description: String }, options);

const resources = new Schema({ _id: required, name: required, indicator: required }, options);

const resourceScopes = new Schema(
  { _id: required, resource_id: required, name: required, description: String },
  options,
)
  // The scopes of a resource.
  .index({ resource_id: 1 });

/** What each third-party application may ask users for; `_id` is the application id. */
const userConsentScopes = new Schema(
  {
    _id: required,
    organization_scopes: [String],
    resource_scopes: [String],
    organization_resource_scopes: [String],
    user_scopes: [String],
  },
  options,
);

/**
 * The read model: stored grants, made from the rows by grants/read-model/. Every change of a grant pays for each index,
 * so there is one per sort order of an account, whatever the status, and one per narrower list.
 */
const grants = new Schema(
  {
    /** The six values, in the order of the grant's id, and so compared in that order. */
    _id: { ...grantValues, _id: false },
    grant_hash: { type: BigInt, required: true },
    client_name: required,
    client_key: required,
    user_name: String,
    user_key: String,
    user_email: String,
    /** A grant without rows is `gone`, which no list shows. */
    status: required,
    token_count: { type: Number, required: true },
    granted_at: requiredDate,
    created_at: requiredDate,
    last_used_at: Date,
    expires_at: Date,
    /** Latest expiry of an unrevoked row; null if all are revoked. */
    live_until: Date,
    /** New with every write: a process that read an older version does not overwrite a newer one. */
    version: required,
    /** The mark: the grant's latest revocation, and whether it is under way. */
    revocation: String,
    revoking: Boolean,
    /** Which suspension the mark is of, where it is one, and when that ends. */
    suspension: String,
    suspended_until: Date,
    in_rotation: Boolean,
    gone_at: Date,
    /** Its parties are stored; missing in grants of servers that had none. */
    searchable: Boolean,
  },
  options,
)
  .index({ '_id.account_id': 1, status: 1, _id: 1 })
  .index({ '_id.account_id': 1, status: 1, granted_at: 1, _id: 1 })
  .index({ '_id.account_id': 1, status: 1, client_key: 1, _id: 1 })
  .index({ '_id.account_id': 1, status: 1, user_key: 1, _id: 1 })
  .index({ '_id.account_id': 1, status: 1, '_id.resource': 1, _id: 1 })
  .index({ '_id.account_id': 1, status: 1, last_used_at: 1, _id: 1 })
  .index({ '_id.account_id': 1, status: 1, expires_at: 1, _id: 1 })
  .index({ '_id.account_id': 1, '_id.user_id': 1 })
  .index({ '_id.account_id': 1, '_id.project_id': 1, status: 1 })
  .index({ '_id.account_id': 1, '_id.client_id': 1, status: 1 })
  .index({ grant_hash: 1 })
  .index({ status: 1, live_until: 1 })
  // Grants under revocation.
  .index({ revoking: 1 }, { partialFilterExpression: { revoking: true } })
  .index({ suspension: 1 }, { partialFilterExpression: { suspension: { $exists: true } } })
  // Grants between two tokens.
  .index({ '_id.account_id': 1, in_rotation: 1 }, { partialFilterExpression: { in_rotation: true } })
  // Grants whose parties are not stored yet.
  .index({ searchable: 1, '_id.account_id': 1 }, { partialFilterExpression: { searchable: null } });

/**
 * The parties of the stored grants: each user and client, once for each account and once for each of its projects. Finds
 * them by the words of their names.
 */
const grantParties = new Schema(
  {
    /** In this order: an index finds a party in all its projects. */
    _id: {
      account_id: required,
      kind: { type: String, enum: ['user', 'client'], required: true },
      id: required,
      /** Null for the whole account. */
      project_id: String,
      _id: false,
    },
    words: { type: [String], required: true },
    /** When it was last known to have a grant, by the database's clock. */
    written_at: requiredDate,
  },
  options,
).index({ '_id.account_id': 1, '_id.project_id': 1, '_id.kind': 1, words: 1 });

/**
 * In one row: which process takes in a backlog and its progress, and how far the scans for forgotten rows and renamed
 * parties have come.
 */
const modelState = new Schema(
  {
    _id: required,
    lease: { holder: String, until: Date },
    backlog: { left: Number, rate: Number },
    scanned: { refresh_tokens: String, consents: String },
    /** The last party that was checked. */
    checked_party: Schema.Types.Mixed,
  },
  options,
);

/** Changes to an account in the read model, so that counts are kept no longer than they hold. */
const modelAccounts = new Schema(
  { _id: required, version: String, count_version: String, writers: { type: Map, of: Date } },
  options,
);

/** Grants under revocation, batch by batch, so that another server can finish what one has begun. */
const modelRevocations = new Schema(
  {
    _id: required,
    /** The revocation that it is part of. */
    revocation_id: required,
    /** The mark on the grants. */
    mark: required,
    hashes: { type: [BigInt], required: true },
    /** Accounts whose totals change. */
    account_ids: { type: [String], required: true },
    /** Which of their rows; see grants/read-model/mark.ts. */
    chosen: { type: Schema.Types.Mixed, required: true },
    status: required,
    unused_since: Date,
    include_consent: { type: Boolean, required: true },
    at: requiredDate,
    /** By the database's clock. */
    begun_at: requiredDate,
    tried_at: requiredDate,
    finished_at: Date,
  },
  options,
)
  // Finds the marks of grants after the collection of grants was dropped.
  .index({ hashes: 1 })
  // Finds unfinished batches; finished ones are deleted after a day.
  .index({ finished_at: 1 }, { expireAfterSeconds: 86_400 });

/** Suspensions of grants, so that they outlast the stored grants. Kept for a day after they ended. */
const grantSuspensions = new Schema(
  {
    /** Also the id of its audit event. */
    _id: required,
    /** The six values. */
    grant: { type: Schema.Types.Mixed, required: true },
    grant_hash: { type: BigInt, required: true },
    at: requiredDate,
    /** When the grant is revoked unless it is restored before. */
    until: requiredDate,
    by: { user_id: String, client_id: String },
    /** The highest rank of who suspended the grant: someone of a lower one does not restore it. */
    rank: { type: Number, required: true },
    /** The audit events of those who raised its rank. */
    raised_by: { type: [String], default: undefined },
    /** It is too late to restore the grant, which is being revoked. */
    over: Boolean,
    tried_at: Date,
    ended_at: Date,
    ended: { type: String, enum: ['restored', 'revoked', 'refused', 'lapsed'] },
    /** The audit event of the restoration. */
    restored_by: String,
  },
  options,
)
  // One at a time.
  .index({ grant: 1 }, { unique: true, partialFilterExpression: { ended_at: null } })
  .index({ grant_hash: 1 })
  .index({ until: 1 }, { partialFilterExpression: { ended_at: null } })
  .index({ restored_by: 1 }, { partialFilterExpression: { restored_by: { $exists: true } } })
  .index({ raised_by: 1 }, { partialFilterExpression: { raised_by: { $exists: true } } })
  .index({ ended_at: 1 }, { expireAfterSeconds: 86_400 });

const action = { type: String, enum: ['revoke', 'suspend', 'restore', 'purge'], required: true } as const;

/**
 * The audit trail: everything that took access away, once each. Written before the first row is touched, finished from the rows
 * that bear its id; what changed nothing is not kept.
 */
const auditEvents = new Schema(
  {
    /** Also the `revocation_id` of what it revoked. */
    _id: required,
    at: requiredDate,
    action,
    reason: required,
    by: {
      user_id: { type: String, default: null },
      client_id: { type: String, default: null },
    },
    operation: required,
    request_id: String,
    /** Of a bulk revocation by filter. */
    filter: Schema.Types.Mixed,
    /** In its place for unused grants: a filter with the moment. */
    unused: Schema.Types.Mixed,
    status: String,
    include_consent: { type: Boolean, required: true },
    grants: { type: Number, required: true },
    revoked_tokens: { type: Number, required: true },
    revoked_consents: { type: Number, required: true },
    /** Of a purge. */
    deleted_tokens: Number,
    /** The accounts of what it changed. */
    account_ids: { type: [String], required: true },
    /** Another value for every process that begins it, goes on with it or finishes it. */
    attempt: required,
    /** An authorization server wrote it, and leaves the entries to upkeep. */
    by_adapter: Boolean,
    finished_at: Date,
    /** Whether its process was cut off, and another finished what it had begun. */
    interrupted: Boolean,
    /** While it is under way: when its process last said so, by the database's clock. */
    renewed_at: Date,
    /** Set when it is finished, each time, until its entries are in the outbox of the webhooks. */
    unsent: Boolean,
    expire_at: requiredDate,
  },
  options,
)
  // What is under way in an account, for writers of first tokens.
  .index({ 'filter.account_id': 1 }, { partialFilterExpression: { renewed_at: { $exists: true } } })
  // Whether something was revoked since a token was issued that only now gets a row.
  .index(
    { 'filter.account_id': 1, at: 1 },
    { partialFilterExpression: { 'filter.account_id': { $exists: true } } },
  )
  // What may have been cut off.
  .index({ finished_at: 1 }, { partialFilterExpression: { finished_at: null } })
  // What is not in the outbox yet, in the order of the trail.
  .index({ unsent: 1, at: 1, _id: 1 }, { partialFilterExpression: { unsent: true } })
  .index({ expire_at: 1 }, { expireAfterSeconds: 0 });

const party = { account_id: required, project_id: required, user_id: required, client_id: required } as const;

/** What an event changed: an entry for each grant and consent; of a purge, for each account. */
const auditEntries = new Schema(
  {
    /** The event, with the six values of the grant, the id of the consent, or the account. */
    _id: { type: Schema.Types.Mixed, required: true },
    event_id: required,
    action,
    /** Orders events by time. */
    position: required,
    ...party,
    revoked_tokens: { type: Number, required: true },
    revoked_consents: { type: Number, required: true },
    /** Of a purge, whose entries are for accounts. */
    deleted_tokens: Number,
    /** It is in the outbox of the webhooks, or no receiver wanted it. */
    sent: Boolean,
    expire_at: requiredDate,
  },
  options,
)
  .index({ event_id: 1, account_id: 1, user_id: 1 })
  .index({ account_id: 1, position: -1 })
  .index({ account_id: 1, user_id: 1, position: -1 })
  .index({ account_id: 1, client_id: 1, position: -1 })
  .index({ account_id: 1, project_id: 1, position: -1 })
  .index({ expire_at: 1 }, { expireAfterSeconds: 0 });

/** How long an idempotency key is kept, in days. */
export const IDEMPOTENCY_KEY_DAYS = 1;

/** The keys with which callers repeat revocations safely, and the answers to them; see idempotency-keys.ts. */
const idempotencyKeys = new Schema(
  {
    /** A hash of caller and key. */
    _id: required,
    /** A hash. */
    caller: required,
    /** A number below the most keys of a caller, another for each of them. */
    slot: { type: Number, required: true },
    /** A hash of the request. */
    request: required,
    /** The same for every attempt. */
    revocation_id: required,
    at: requiredDate,
    /** While it is carried out: which attempt may, and until when by the database's clock unless it renews. */
    holder: String,
    until: Date,
    /** As JSON, once it has been carried out. */
    answer: String,
  },
  options,
)
  .index({ caller: 1, slot: 1 }, { unique: true })
  .index({ at: 1 }, { expireAfterSeconds: IDEMPOTENCY_KEY_DAYS * 86_400 });

/** How many requests a caller has sent in a window, to all servers; see request-counts.ts. */
const rateLimits = new Schema(
  {
    /** A hash of policy and caller, and the end of the window in milliseconds since 1970. */
    _id: required,
    /** A number for each part: a server has one, and another each time it begins to count anew. */
    counts: { type: Map, of: Number, required: true },
    /** The end of the window. */
    expire_at: requiredDate,
  },
  options,
).index({ expire_at: 1 }, { expireAfterSeconds: 0 });

/** How long a preview and its set are kept, in seconds: to finish an execution that was cut off, and to say how one ended. */
const PREVIEW_SECONDS = 60 * 60;

/** Previews of bulk revocations. By the database's clock: `kept_from` and the lease; by the server's: the rest. */
const revocationPreviews = new Schema(
  {
    _id: required,
    by: required,
    /** What was selected: by a filter, or by ids, which the set has. */
    filter: { type: Schema.Types.Mixed, required: true },
    status: required,
    unused_since: Date,
    by_ids: { type: Boolean, required: true },
    include_consent: { type: Boolean, required: true },
    /** How many documents the set has. */
    chunks: { type: Number, required: true },
    expires_at: requiredDate,
    /** Which request is executing it, and until when unless it renews. */
    lease: { holder: String, until: Date },
    /** Set once the grants were found unchanged: from then on they are being revoked. */
    begun_at: Date,
    /** The requests that took part in that. */
    begun_by: { type: [String], default: undefined },
    executed_at: Date,
    revoked_tokens: { type: Number, required: true },
    revoked_consents: { type: Number, required: true },
    kept_from: requiredDate,
  },
  options,
)
  // A user's previews, of which only the newest are kept.
  .index({ by: 1, kept_from: -1 })
  .index({ kept_from: 1 }, { expireAfterSeconds: PREVIEW_SECONDS });

/** The grants of a preview and their statuses, in documents that stay well below the size limit. */
const revocationPreviewSets = new Schema(
  {
    /** The preview's, and its place among the documents of the set. */
    _id: { type: Schema.Types.Mixed, required: true },
    grants: { type: [Schema.Types.Mixed], required: true },
    /** Revoked. */
    done: Boolean,
    kept_from: requiredDate,
  },
  options,
).index({ kept_from: 1 }, { expireAfterSeconds: PREVIEW_SECONDS });

/** Secrets that all servers share, by what they are for. */
const serverKeys = new Schema({ _id: required, secret: required, made_at: requiredDate }, options);

/** In one row: which process numbers webhooks, the last number, who is to get what, and which process delivers it. */
const webhookState = new Schema(
  {
    _id: required,
    /** By the database's clock, like the other leases. */
    numbering: { holder: String, until: Date },
    last: Number,
    /** By name: since when it is configured, when a server last said that it still is, and the types it wants. */
    receivers: {
      type: Map,
      of: { since: Date, seen: Date, types: [String], lease: { holder: String, until: Date } },
    },
  },
  options,
);

/** The outbox: a message for each receiver of each change; see webhooks/. */
const webhookMessages = new Schema(
  {
    /** The receiver and the message's id. */
    _id: required,
    receiver: required,
    /** The `webhook-id`. */
    id: required,
    /** Orders all messages; those of different receivers for one change have the same. */
    number: { type: Number, required: true },
    type: required,
    /** A hash of the grant or consent, whose messages are delivered one after the other. */
    key: required,
    /** What is sent, as JSON. */
    body: required,
    state: { type: String, enum: ['waiting', 'delivered', 'dead'], required: true },
    attempts: { type: Number, required: true },
    /** Of the latest attempt, if it failed. */
    error: String,
    numbered_at: requiredDate,
    /** While it is waiting: when it may be sent. */
    next_at: Date,
    /** When it was delivered or given up. */
    ended_at: Date,
    expire_at: requiredDate,
  },
  options,
)
  // What a receiver is to get next.
  .index({ state: 1, receiver: 1, next_at: 1, number: 1 })
  // What a grant's messages wait for.
  .index({ state: 1, receiver: 1, key: 1, number: 1 })
  .index({ expire_at: 1 }, { expireAfterSeconds: 0 });

/** What readers said of the documentation; nothing in it says who they are. */
const docsFeedback = new Schema(
  {
    /** The path of the page, relative to the documentation's root. */
    page: required,
    helpful: { type: Boolean, required: true },
    comment: String,
    at: requiredDate,
  },
  options,
)
  // Counts today's feedback, which is limited; deletes it after 180 days.
  .index({ at: 1 }, { expireAfterSeconds: 180 * 86_400 });

export type RefreshTokenRow = InferSchemaType<typeof refreshTokens>;
export type ConsentRow = InferSchemaType<typeof consents>;
export type AuditEventRow = InferSchemaType<typeof auditEvents>;
export type AuditEntryRow = InferSchemaType<typeof auditEntries>;
export type WebhookMessageRow = InferSchemaType<typeof webhookMessages>;
export type IdempotencyKeyRow = InferSchemaType<typeof idempotencyKeys>;
export type ClientRow = InferSchemaType<typeof clients>;
export type UserRow = InferSchemaType<typeof users>;
export type ProjectRow = InferSchemaType<typeof projects>;
export type VerificationRecordRow = InferSchemaType<typeof verificationRecords>;
export type OrganizationScopeRow = InferSchemaType<typeof organizationScopes>;
export type ResourceRow = InferSchemaType<typeof resources>;
export type ResourceScopeRow = InferSchemaType<typeof resourceScopes>;
export type UserConsentScopesRow = InferSchemaType<typeof userConsentScopes>;

/** The collections of the store, each a mongoose model of its rows. */
export type Collections = ReturnType<typeof bindCollections>;

/** Binds the store's collections to a connection. Creates nothing in the database. */
export function bindCollections(connection: Connection) {
  return {
    refreshTokens: connection.model('RefreshToken', refreshTokens, 'refresh_tokens'),
    consents: connection.model('Consent', consents, 'consents'),
    clients: connection.model('OAuthClient', clients, 'oauth_clients'),
    users: connection.model('User', users, 'users'),
    projects: connection.model('Project', projects, 'projects'),
    verificationRecords: connection.model('VerificationRecord', verificationRecords, 'verification_records'),
    organizationScopes: connection.model('OrganizationScope', organizationScopes, 'organization_scopes'),
    resources: connection.model('Resource', resources, 'resources'),
    resourceScopes: connection.model('ResourceScope', resourceScopes, 'resource_scopes'),
    grants: connection.model('Grant', grants, 'grants'),
    grantParties: connection.model('GrantParty', grantParties, 'grant_parties'),
    modelState: connection.model('GrantModelState', modelState, 'grant_model_state'),
    modelAccounts: connection.model('GrantModelAccount', modelAccounts, 'grant_model_accounts'),
    modelRevocations: connection.model('GrantModelRevocation', modelRevocations, 'grant_model_revocations'),
    grantSuspensions: connection.model('GrantSuspension', grantSuspensions, 'grant_suspensions'),
    auditEvents: connection.model('AuditEvent', auditEvents, 'audit_events'),
    auditEntries: connection.model('AuditEntry', auditEntries, 'audit_entries'),
    idempotencyKeys: connection.model('IdempotencyKey', idempotencyKeys, 'idempotency_keys'),
    rateLimits: connection.model('RateLimit', rateLimits, 'rate_limits'),
    revocationPreviews: connection.model('RevocationPreview', revocationPreviews, 'revocation_previews'),
    revocationPreviewSets: connection.model(
      'RevocationPreviewSet',
      revocationPreviewSets,
      'revocation_preview_sets',
    ),
    webhookState: connection.model('WebhookState', webhookState, 'webhook_state'),
    webhookMessages: connection.model('WebhookMessage', webhookMessages, 'webhook_messages'),
    serverKeys: connection.model('ServerKey', serverKeys, 'server_keys'),
    docsFeedback: connection.model('DocsFeedback', docsFeedback, 'docs_feedback'),
    userConsentScopes: connection.model('UserConsentScopes', userConsentScopes, 'user_consent_scopes'),
  };
}

/** Creates every index that the store declares and the database lacks. Safe to repeat, also while servers run. */
export async function createIndexes(collections: Collections): Promise<void> {
  await Promise.all(Object.values(collections).map(createIndexesOf));
}

/** The same for one collection, in one command: mongoose sends one for each index, which takes much longer. */
export async function createIndexesOf({
  schema,
  collection,
}: Pick<Collections[keyof Collections], 'schema' | 'collection'>): Promise<void> {
  const indexes = schema.indexes().map(([fields, { unique, ...options }]) => ({
    ...options,
    ...(unique ? { unique: true } : {}),
    key: keyOf(fields),
  }));
  if (indexes.length > 0) await collection.createIndexes(indexes);
}

/** Ours are all ascending or descending; mongoose has more names for that than the driver, and more kinds. */
function keyOf(fields: IndexDefinition): Map<string, 1 | -1> {
  return new Map(
    Object.entries(fields).map(([field, direction]) => {
      if (typeof direction !== 'number') throw new TypeError(`the index of ${field} must be 1 or -1`);
      return [field, direction];
    }),
  );
}
