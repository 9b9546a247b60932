import type { OperationId } from './documents.ts';
import type { Schema } from './operation.ts';

const choice = {
  include_consent: { type: 'boolean', default: false },
  dry_run: { type: 'boolean', default: false },
} as const satisfies Record<string, Schema>;

const id = { type: 'string', minLength: 1, maxLength: 256 } as const satisfies Schema;
const address = { type: 'string', minLength: 1, maxLength: 2_048 } as const satisfies Schema;
const scopes: Schema = { type: 'array', maxItems: 5_000, items: { type: 'string', maxLength: 2_048 } };

/**
 * The bodies of requests, as the documents have them: the generated part of the SDK has only their types. A test compares
 * the two. Operations that are not here take no body.
 */
export const BODIES: { readonly [Id in OperationId]?: Schema } = {
  searchOAuthGrants: {
    type: 'object',
    additionalProperties: false,
    required: ['query'],
    properties: { query: address, limit: { type: 'integer', minimum: 1, maximum: 50, default: 10 } },
  },
  revokeOAuthGrants: {
    oneOf: [
      {
        type: 'object',
        additionalProperties: false,
        required: ['grant_ids'],
        properties: {
          grant_ids: {
            type: 'array',
            minItems: 1,
            maxItems: 1_000,
            items: { type: 'string', minLength: 1, pattern: '^[A-Za-z0-9_-]+$' },
          },
          ...choice,
        },
      },
      {
        type: 'object',
        additionalProperties: false,
        required: ['preview_token'],
        properties: {
          preview_token: {
            type: 'string',
            maxLength: 8_192,
            pattern: '^[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+$',
          },
        },
      },
      {
        type: 'object',
        additionalProperties: false,
        not: {
          properties: {
            account_id: false,
            project_id: false,
            user_id: false,
            client_id: false,
            resource: false,
          },
        },
        properties: {
          account_id: id,
          project_id: id,
          user_id: id,
          client_id: address,
          resource: address,
          status: { type: 'string', enum: ['active', 'revoked', 'expired', 'all'], default: 'active' },
          unused_since: { type: 'string', format: 'date-time' },
          ...choice,
        },
      },
    ],
  },
  assignUserConsentScopes: {
    type: 'object',
    properties: {
      organizationScopes: scopes,
      resourceScopes: scopes,
      organizationResourceScopes: scopes,
      userScopes: {
        type: 'array',
        maxItems: 5_000,
        items: {
          type: 'string',
          enum: [
            'profile',
            'email',
            'phone',
            'address',
            'custom_data',
            'identities',
            'roles',
            'urn:logto:scope:organizations',
            'urn:logto:scope:organization_roles',
            'urn:logto:scope:sessions',
          ],
        },
      },
    },
  },
};
