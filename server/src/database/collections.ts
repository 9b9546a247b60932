import { type Connection, type InferSchemaType, Schema } from 'mongoose';

/*
 * The store, collection by collection. Other programs (the authorization server first of all) write these rows
 * too, so names and meanings are a contract of their own, told in docs/store.md. A missing optional date is null.
 */

const required = { type: String, required: true } as const;
const requiredDate = { type: Date, required: true } as const;
const options = { versionKey: false } as const;

/** The six values that make a grant, as every row that belongs to one carries them. `scope` is a set. */
const grantValues = {
  client_id: required,
  user_id: required,
  account_id: required,
  project_id: required,
  resource: required,
  scope: { type: [String], required: true },
} as const;

/**
 * Ours: how far the read model is with a row. Missing: pending. With a claim: pending, and somebody has begun. Done:
 * settled. `at` is the `updated_at` that the row had when it was claimed, so that a writer is found who forgot to unset it.
 */
const grouped = { claim: String, done: Boolean, at: Date } as const;

/**
 * What is pending, and nothing else. No field in it changes while a row is pending, or the entry would move under a scan,
 * which might miss it. The planner finds it; a hint would answer nothing to a filter that does not fit.
 */
const PENDING_INDEX = [
  { 'grouped.done': 1, account_id: 1 },
  { partialFilterExpression: { 'grouped.done': null } },
] as const;

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
    updated_at: requiredDate,
    grouped,
    /** Ours, not the writers': finds the rows of a grant. */
    grant_hash: BigInt,
    /** Ours: to be deleted as soon as the read model does without it. */
    purged: Boolean,
  },
  options,
)
  // One grant's rows, all but its scope set.
  .index({ account_id: 1, user_id: 1, client_id: 1, project_id: 1, resource: 1 })
  // One grant's rows.
  .index({ grant_hash: 1 })
  .index(...PENDING_INDEX)
  // When the tokens of each of a person's consents were last used and expire, without reading a row.
  .index({ user_id: 1, consent_id: 1, last_used_at: 1, expires_at: 1 });

const consents = new Schema(
  {
    /** Of any type: nothing here may take it for text. */
    _id: { type: Schema.Types.Mixed, required: true },
    ...grantValues,
    granted_at: requiredDate,
    updated_at: requiredDate,
    expires_at: Date,
    revoked_at: Date,
    grouped,
  },
  options,
)
  // A person's consents, newest first.
  .index({ user_id: 1, granted_at: -1 })
  .index(...PENDING_INDEX);

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

/** That a person has just proved again who they are. */
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
);

/** What each third-party application may ask people for; `_id` is the application id. */
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
 * The read model: one document a grant, made from the rows by grants/read-model/. Each index is paid for at every change
 * of a grant, so there is one for each sorting of an account, whatever the status, and one for each narrower list.
 */
const grants = new Schema(
  {
    /** The six values, in the order of the grant's id; comparing it compares them in that order. */
    _id: { ...grantValues, _id: false },
    grant_hash: { type: BigInt, required: true },
    client_name: required,
    client_key: required,
    user_name: String,
    user_key: String,
    user_email: String,
    /** A grant whose rows are all gone is `gone`, which no list shows. */
    status: required,
    token_count: { type: Number, required: true },
    granted_at: requiredDate,
    created_at: requiredDate,
    last_used_at: Date,
    expires_at: Date,
    /** The latest expiry of an unrevoked row; null when all are revoked. */
    live_until: Date,
    /** Another one after every write: whoever read an older one does not write over a newer. */
    version: required,
    /** The mark: the last revocation of the grant, and whether it is under way. */
    revocation: String,
    revoking: Boolean,
    gone_at: Date,
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
  // Those under revocation.
  .index({ revoking: 1 }, { partialFilterExpression: { revoking: true } });

/** Who takes in a backlog, and how far that is; how far the scan for forgotten rows is: one document. */
const modelState = new Schema(
  {
    _id: required,
    lease: { holder: String, until: Date },
    backlog: { left: Number, rate: Number },
    scanned: { refresh_tokens: String, consents: String },
  },
  options,
);

/** What changes in the read model of an account, so that counts are kept no longer than they are true. */
const modelAccounts = new Schema(
  { _id: required, version: String, count_version: String, writers: { type: Map, of: Date } },
  options,
);

/** Grants under revocation, batch by batch, so that another server can finish what one has begun. */
const modelRevocations = new Schema(
  {
    _id: required,
    /** What the grants are marked with. */
    mark: required,
    hashes: { type: [BigInt], required: true },
    /** Whose totals change. */
    account_ids: { type: [String], required: true },
    /** Which rows of them; see grants/read-model/mark.ts. */
    chosen: { type: Schema.Types.Mixed, required: true },
    status: required,
    include_consent: { type: Boolean, required: true },
    at: requiredDate,
    /** By the database's clock. */
    begun_at: requiredDate,
    tried_at: requiredDate,
    finished_at: Date,
  },
  options,
)
  // The marks of grants, where somebody has dropped the grants.
  .index({ hashes: 1 })
  // Those that are not finished; deleted a day after they are.
  .index({ finished_at: 1 }, { expireAfterSeconds: 86_400 });

/** How long it is kept who revoked what in bulk, in days. */
const REVOCATION_DAYS = 90;

/**
 * Bulk revocations by filter: who asked for what, and how far it got. Written before the first row is touched; what
 * changed nothing is not kept.
 */
const revocations = new Schema(
  {
    _id: required,
    at: requiredDate,
    by: required,
    filter: { type: Schema.Types.Mixed, required: true },
    status: required,
    include_consent: { type: Boolean, required: true },
    grants: { type: Number, required: true },
    revoked_tokens: { type: Number, required: true },
    revoked_consents: { type: Number, required: true },
    finished_at: Date,
  },
  options,
)
  // Deleted so long after it began, finished or not.
  .index({ at: 1 }, { expireAfterSeconds: REVOCATION_DAYS * 86_400 });

/** What readers said of the documentation; nothing in it says who. */
const docsFeedback = new Schema(
  {
    /** The path of the page, from where the documentation begins. */
    page: required,
    helpful: { type: Boolean, required: true },
    comment: String,
    at: requiredDate,
  },
  options,
)
  // Those of today, to keep no more than so many; deleted when they are 180 days old.
  .index({ at: 1 }, { expireAfterSeconds: 180 * 86_400 });

export type RefreshTokenRow = InferSchemaType<typeof refreshTokens>;
export type ConsentRow = InferSchemaType<typeof consents>;
export type RevocationRow = InferSchemaType<typeof revocations>;
export type ClientRow = InferSchemaType<typeof clients>;
export type UserRow = InferSchemaType<typeof users>;
export type VerificationRecordRow = InferSchemaType<typeof verificationRecords>;
export type OrganizationScopeRow = InferSchemaType<typeof organizationScopes>;
export type ResourceRow = InferSchemaType<typeof resources>;
export type ResourceScopeRow = InferSchemaType<typeof resourceScopes>;
export type UserConsentScopesRow = InferSchemaType<typeof userConsentScopes>;

/** The collections of the store, each a mongoose model of the rows that it keeps. */
export type Collections = ReturnType<typeof bindCollections>;

/** Binds the store's collections to a connection. Creates nothing in the database. */
export function bindCollections(connection: Connection) {
  return {
    refreshTokens: connection.model('RefreshToken', refreshTokens, 'refresh_tokens'),
    consents: connection.model('Consent', consents, 'consents'),
    clients: connection.model('OAuthClient', clients, 'oauth_clients'),
    users: connection.model('User', users, 'users'),
    verificationRecords: connection.model('VerificationRecord', verificationRecords, 'verification_records'),
    organizationScopes: connection.model('OrganizationScope', organizationScopes, 'organization_scopes'),
    resources: connection.model('Resource', resources, 'resources'),
    resourceScopes: connection.model('ResourceScope', resourceScopes, 'resource_scopes'),
    grants: connection.model('Grant', grants, 'grants'),
    modelState: connection.model('GrantModelState', modelState, 'grant_model_state'),
    modelAccounts: connection.model('GrantModelAccount', modelAccounts, 'grant_model_accounts'),
    modelRevocations: connection.model('GrantModelRevocation', modelRevocations, 'grant_model_revocations'),
    revocations: connection.model('GrantRevocation', revocations, 'grant_revocations'),
    docsFeedback: connection.model('DocsFeedback', docsFeedback, 'docs_feedback'),
    userConsentScopes: connection.model('UserConsentScopes', userConsentScopes, 'user_consent_scopes'),
  };
}

/** Creates every index the store declares, where it is missing. Safe to repeat, also while serving. */
export async function createIndexes(collections: Collections): Promise<void> {
  await Promise.all(Object.values(collections).map((model) => model.createIndexes()));
}
