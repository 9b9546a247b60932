import type {
  OrganizationScopeRow,
  ResourceRow,
  ResourceScopeRow,
  UserConsentScopesRow,
} from '../database/collections.ts';
import { API, FILES, MCP } from './platform.ts';

/*
 * What third-party applications may ask users for. Ids have at most 21 characters, as on the published pages.
 */

export const ORGANIZATION_SCOPES: OrganizationScopeRow[] = [
  { _id: 'org_read_members', name: 'read:members', description: 'See who belongs to the organization' },
  { _id: 'org_invite_members', name: 'invite:members', description: 'Invite people to the organization' },
  { _id: 'org_read_billing', name: 'read:billing', description: null },
];

export const RESOURCES: ResourceRow[] = [
  { _id: 'res_mcp', name: 'Vertesia MCP server', indicator: MCP },
  { _id: 'res_api', name: 'Vertesia API', indicator: API },
  { _id: 'res_files', name: 'Vertesia Files', indicator: FILES },
];

export const RESOURCE_SCOPES: ResourceScopeRow[] = [
  resourceScope('scope_mcp', 'res_mcp', 'mcp', 'Use the tools of the MCP server'),
  resourceScope('scope_content_read', 'res_api', 'content:read', 'Read content'),
  resourceScope('scope_content_write', 'res_api', 'content:write', 'Create, change and delete content'),
  resourceScope('scope_runs_read', 'res_api', 'runs:read', 'See runs and what came of them'),
  resourceScope('scope_runs_start', 'res_api', 'runs:start', null),
  resourceScope('scope_files_read', 'res_files', 'files:read', 'Read files'),
  resourceScope('scope_files_write', 'res_files', 'files:write', 'Upload and delete files'),
];

/** Only some third-party applications: `app_ekko_02` has none, and first-party ones need no permission to ask. */
export const USER_CONSENT_SCOPES: UserConsentScopesRow[] = [
  {
    _id: 'vts_abc123',
    organization_scopes: [],
    resource_scopes: ['scope_mcp'],
    organization_resource_scopes: [],
    user_scopes: ['profile'],
  },
  {
    _id: 'app_slack_4411',
    organization_scopes: ['org_read_members', 'org_invite_members'],
    resource_scopes: ['scope_content_read', 'scope_runs_read', 'scope_files_read'],
    organization_resource_scopes: ['scope_content_read'],
    user_scopes: ['profile', 'email'],
  },
  {
    _id: 'app_zapier_09',
    organization_scopes: [],
    resource_scopes: ['scope_content_read', 'scope_content_write', 'scope_runs_start'],
    organization_resource_scopes: [],
    user_scopes: ['email'],
  },
  {
    _id: 'app_notion_sync',
    organization_scopes: [],
    resource_scopes: ['scope_files_read'],
    organization_resource_scopes: ['scope_files_read'],
    user_scopes: [],
  },
];

function resourceScope(
  _id: string,
  resource_id: string,
  name: string,
  description: string | null,
): ResourceScopeRow {
  return { _id, resource_id, name, description };
}
