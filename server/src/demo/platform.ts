import type { ClientRow, ProjectRow, UserRow } from '../database/collections.ts';

/*
 * The demo's platform, before anyone has granted anything. The first account, project, user and client are those of the
 * example on the published page "OAuth Grants".
 */

export interface Account {
  account_id: string;
  projects: [string, ...string[]];
  domain: string;
  people: number;
}

export const ACCOUNTS: [Account, Account, ...Account[]] = [
  {
    account_id: '652feb8b38902b2e2245a2fb',
    projects: ['67dcf023c2a0761b44051f6f', '67dcf1a4c2a0761b44051f83', '68021b7de90f41225ac3a001'],
    domain: 'vertesiahq.com',
    people: 150,
  },
  {
    account_id: '6531c07a10d4be0f7a91c2d4',
    projects: ['6640d2e8b7c3a9120ff3e510', '6640d2f5b7c3a9120ff3e511'],
    domain: 'northwind.example',
    people: 90,
  },
  {
    account_id: '6612ab90ffe01c3344d09a7e',
    projects: ['671fbc0aa2d5e8331b90c7d2'],
    domain: 'lumen.example',
    people: 25,
  },
];

/** The last project of the list has no name: not every platform gives one. */
export const PROJECTS: ProjectRow[] = [
  { _id: '67dcf023c2a0761b44051f6f', name: 'Customer support' },
  { _id: '67dcf1a4c2a0761b44051f83', name: 'Contract review' },
  { _id: '68021b7de90f41225ac3a001', name: 'Sandbox' },
  { _id: '6640d2e8b7c3a9120ff3e510', name: 'Claims intake' },
  { _id: '6640d2f5b7c3a9120ff3e511', name: 'Research' },
  { _id: '671fbc0aa2d5e8331b90c7d2' },
];

export const PAGE_USER: UserRow = {
  _id: '67e000dd2125fc47eb9ed815',
  name: 'Michael Vachette',
  email: 'mvachette@vertesiahq.com',
};

/** A registered client, with what it usually asks for. */
export interface DemoClient extends ClientRow {
  resource: string;
  scopes: [string[], ...string[][]];
}

export const MCP = 'https://mcp.vertesia.io/';
export const API = 'https://api.vertesia.io/';
export const FILES = 'https://files.vertesia.io/';

const identity = ['openid', 'profile'];

export const CLIENTS: [DemoClient, ...DemoClient[]] = [
  client('vts_abc123', 'Claude Code', 'https://claude.example', MCP, [['mcp', ...identity]]),
  client('vts_cursor', 'Cursor', 'https://cursor.example', MCP, [
    ['mcp', ...identity],
    ['mcp', 'openid'],
  ]),
  client('vts_zed', 'zed', 'https://zed.example', MCP, [['mcp']]),
  client(
    'vts_console',
    'Vertesia Console',
    'https://console.example',
    API,
    [[...identity, 'email', 'all']],
    true,
  ),
  client(
    'vts_mobile',
    'Vertesia Mobile',
    'https://mobile.example',
    API,
    [[...identity, 'offline_access']],
    true,
  ),
  client('vts_cli', 'Vertesia CLI', null, API, [['openid', 'content:read', 'content:write']], true),
  client('app_slack_4411', 'Slack bridge', 'https://slack.example', API, [
    ['content:read'],
    ['content:read', 'email'],
  ]),
  client('app_zapier_09', 'Zapier', 'https://zapier.example', API, [
    ['content:read', 'content:write', 'runs:start'],
  ]),
  client('app_notion_sync', 'Notion sync', 'https://notion.example', FILES, [['files:read', 'openid']]),
  client('app_drive_77', 'Drive importer', null, FILES, [['files:read'], ['files:read', 'files:write']]),
  client('app_eclat_31', 'Éclat Analytics', 'https://eclat.example', API, [['runs:read', 'content:read']]),
  client('app_ekko_02', 'ekko', 'https://ekko.example', API, [['runs:read']]),
];

/** A client identified by the URL of its metadata document (CIMD). It has no row. */
export const CIMD_CLIENT: DemoClient = client('https://agent.example/oauth/client.json?v=2', '', null, MCP, [
  ['mcp', 'openid'],
]);

/** The demo client with this id. */
export function demoClient(id: string): DemoClient {
  const found = [...CLIENTS, CIMD_CLIENT].find(({ _id }) => _id === id);
  if (!found) throw new Error(`the demo has no client ${id}`);
  return found;
}

function client(
  _id: string,
  name: string,
  client_uri: string | null,
  resource: string,
  scopes: DemoClient['scopes'],
  is_first_party = false,
): DemoClient {
  const logo_uri = client_uri && `${client_uri}/logo.svg`;
  return { _id, name, client_uri, logo_uri, is_first_party, resource, scopes };
}
