/*
 * The calls of the SDK. Generated from its sources by `npm run generate`: never edit.
 */

export const SDK_CALLS = [
  {
    "name": "grantkeeper.grants.list",
    "parameters": [
      "query",
      "options"
    ],
    "answers": true,
    "operation": "GET /api/v1/oauth-grants"
  },
  {
    "name": "grantkeeper.grants.listAll",
    "parameters": [
      "query",
      "options"
    ],
    "answers": true,
    "operation": "GET /api/v1/oauth-grants"
  },
  {
    "name": "grantkeeper.grants.get",
    "parameters": [
      "grantId",
      "options"
    ],
    "answers": true,
    "operation": "GET /api/v1/oauth-grants/{grant_id}"
  },
  {
    "name": "grantkeeper.grants.revoke",
    "parameters": [
      "grantId",
      "query",
      "options"
    ],
    "answers": true,
    "operation": "DELETE /api/v1/oauth-grants/{grant_id}"
  },
  {
    "name": "grantkeeper.grants.suspend",
    "parameters": [
      "grantId",
      "options"
    ],
    "answers": true,
    "operation": "POST /api/v1/oauth-grants/{grant_id}/suspend"
  },
  {
    "name": "grantkeeper.grants.restore",
    "parameters": [
      "grantId",
      "options"
    ],
    "answers": false,
    "operation": "POST /api/v1/oauth-grants/{grant_id}/restore"
  },
  {
    "name": "grantkeeper.grants.revokeMany",
    "parameters": [
      "which",
      "options"
    ],
    "answers": true,
    "operation": "POST /api/v1/oauth-grants/revoke"
  },
  {
    "name": "grantkeeper.grants.previewRevocation",
    "parameters": [
      "which",
      "options"
    ],
    "answers": true,
    "operation": "POST /api/v1/oauth-grants/revoke"
  },
  {
    "name": "grantkeeper.grants.revokePreviewed",
    "parameters": [
      "previewToken",
      "options"
    ],
    "answers": true,
    "operation": "POST /api/v1/oauth-grants/revoke"
  },
  {
    "name": "grantkeeper.grants.listAuditEvents",
    "parameters": [
      "query",
      "options"
    ],
    "answers": true,
    "operation": "GET /api/v1/oauth-grants/audit-events"
  },
  {
    "name": "grantkeeper.grants.listAllAuditEvents",
    "parameters": [
      "query",
      "options"
    ],
    "answers": true,
    "operation": "GET /api/v1/oauth-grants/audit-events"
  },
  {
    "name": "grantkeeper.me.listGrants",
    "parameters": [
      "options"
    ],
    "answers": true,
    "operation": "GET /v1/me/grants"
  },
  {
    "name": "grantkeeper.me.revokeGrant",
    "parameters": [
      "grantId",
      "options"
    ],
    "answers": false,
    "operation": "DELETE /v1/me/grants/{grantId}"
  },
  {
    "name": "grantkeeper.applications.listUserConsentScopes",
    "parameters": [
      "applicationId",
      "options"
    ],
    "answers": true,
    "operation": "GET /api/applications/{applicationId}/user-consent-scopes"
  },
  {
    "name": "grantkeeper.applications.assignUserConsentScopes",
    "parameters": [
      "applicationId",
      "scopes",
      "options"
    ],
    "answers": false,
    "operation": "POST /api/applications/{applicationId}/user-consent-scopes"
  },
  {
    "name": "grantkeeper.applications.removeUserConsentScope",
    "parameters": [
      "applicationId",
      "scope",
      "options"
    ],
    "answers": false,
    "operation": "DELETE /api/applications/{applicationId}/user-consent-scopes/{scopeType}/{scopeId}"
  },
  {
    "name": "grantkeeper.account(verificationId).listGrants",
    "parameters": [
      "query",
      "options"
    ],
    "answers": true,
    "operation": "GET /api/my-account/grants"
  },
  {
    "name": "grantkeeper.account(verificationId).revokeGrant",
    "parameters": [
      "grantId",
      "options"
    ],
    "answers": false,
    "operation": "DELETE /api/my-account/grants/{grantId}"
  }
];
