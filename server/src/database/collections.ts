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

const refreshTokens = new Schema(
  {
    _id: required,
    consent_id: String,
    ...grantValues,
    created_at: requiredDate,
    last_used_at: Date,
    expires_at: Date,
    revoked_at: Date,
    updated_at: requiredDate,
  },
  options,
)
  // One person's grants, one grant's rows (all but its scope set), and a whole account by its prefix.
  .index({ account_id: 1, user_id: 1, client_id: 1, project_id: 1, resource: 1 })
  // What a project admin lists and revokes.
  .index({ account_id: 1, project_id: 1, client_id: 1 })
  // One client in the whole account.
  .index({ account_id: 1, client_id: 1 })
  // One resource in the whole account.
  .index({ account_id: 1, resource: 1 })
  // When the tokens of each of a person's consents were last used and expire, without reading a row.
  .index({ user_id: 1, consent_id: 1, last_used_at: 1, expires_at: 1 });

const consents = new Schema(
  {
    _id: required,
    ...grantValues,
    granted_at: requiredDate,
    updated_at: requiredDate,
    expires_at: Date,
    revoked_at: Date,
  },
  options,
)
  // A person's consents, newest first.
  .index({ user_id: 1, granted_at: -1 });

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

export type RefreshTokenRow = InferSchemaType<typeof refreshTokens>;
export type ConsentRow = InferSchemaType<typeof consents>;
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
    userConsentScopes: connection.model('UserConsentScopes', userConsentScopes, 'user_consent_scopes'),
  };
}

/** Creates every index the store declares, where it is missing. Safe to repeat, also while serving. */
export async function createIndexes(collections: Collections): Promise<void> {
  await Promise.all(Object.values(collections).map((model) => model.createIndexes()));
}
