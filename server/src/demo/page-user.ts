import type { ConsentRow, RefreshTokenRow, VerificationRecordRow } from '../database/collections.ts';
import { ACCOUNTS, CIMD_CLIENT, demoClient, MCP, PAGE_USER } from './platform.ts';

/*
 * What the user of the published page "OAuth Grants" has allowed: the very grant of its example, in a realistic
 * account.
 */

const DAY = 24 * 60 * 60 * 1000;
const YEAR = 365 * DAY;
/** How long a consent's tokens live, in milliseconds. */
const TOKEN_LIFE = 180 * DAY;

/** The six values that identify a grant. */
export type GrantValues = Pick<
  RefreshTokenRow,
  'client_id' | 'user_id' | 'account_id' | 'project_id' | 'resource' | 'scope'
>;

/** The user's verification record, with which the lines of `npm start` read My account grants. */
export const VERIFICATION_ID = 'verification-demo';

/** A consent with one token; dates are in days ago. A token lives for 180 days. */
interface Allowed {
  name: string;
  client: string;
  /** Which of the client's scopes; by default what the client usually asks for. */
  scopes?: string[];
  granted: number;
  /** Null if never used. */
  used: number | null;
  revoked?: number;
  neverExpires?: boolean;
}

const ALLOWED: Allowed[] = [
  { name: 'console', client: 'vts_console', granted: 120, used: 1 },
  { name: 'cli', client: 'vts_cli', granted: 95, used: 6 },
  { name: 'mobile', client: 'vts_mobile', granted: 300, used: 2, neverExpires: true },
  { name: 'claude', client: 'vts_abc123', scopes: ['mcp', 'openid'], granted: 21, used: 1 },
  { name: 'cursor', client: 'vts_cursor', granted: 33, used: 3 },
  { name: 'agent', client: CIMD_CLIENT._id, granted: 40, used: 4 },
  { name: 'slack', client: 'app_slack_4411', granted: 64, used: 1 },
  { name: 'zapier', client: 'app_zapier_09', granted: 12, used: 2 },
  { name: 'drive', client: 'app_drive_77', granted: 3, used: null },
  { name: 'notion', client: 'app_notion_sync', granted: 210, used: 45 },
  { name: 'eclat', client: 'app_eclat_31', granted: 80, used: 30, revoked: 29 },
];

interface PageUserRows {
  consents: ConsentRow[];
  refreshTokens: RefreshTokenRow[];
  verificationRecords: VerificationRecordRow[];
}

/** The user's consents, their tokens, and the user's verification records. */
export function pageUserRows(now: Date): PageUserRows {
  const { consent, token } = pageGrant();
  const daysAgo = (days: number) => new Date(now.getTime() - days * DAY);
  const allowed = ALLOWED.map((one) => ({ consent: consentOf(one, daysAgo), token: tokenOf(one, daysAgo) }));
  return {
    consents: [consent, ...allowed.map((one) => one.consent)],
    refreshTokens: [token, ...allowed.map((one) => one.token)],
    verificationRecords: verificationRecords(now),
  };
}

/** The grant of the published page's example, with the page's ids and dates. */
function pageGrant(): { consent: ConsentRow; token: RefreshTokenRow } {
  const values = pageUserValues('vts_abc123', MCP, ['openid', 'profile', 'mcp']);
  const granted_at = new Date('2026-04-22T07:12:11.000Z');
  const last_used_at = new Date('2026-04-22T07:13:52.000Z');
  return {
    consent: { _id: 'consent-page', ...values, granted_at, updated_at: granted_at },
    token: {
      _id: 'token-page',
      consent_id: 'consent-page',
      ...values,
      created_at: granted_at,
      last_used_at,
      expires_at: new Date('2026-05-22T07:12:11.000Z'),
      revoked_at: null,
      updated_at: last_used_at,
    },
  };
}

function consentOf(allowed: Allowed, daysAgo: (days: number) => Date): ConsentRow {
  const { name, granted, revoked } = allowed;
  const granted_at = daysAgo(granted);
  const revoked_at = revoked === undefined ? null : daysAgo(revoked);
  return {
    _id: `consent-${name}`,
    ...valuesOf(allowed),
    granted_at,
    updated_at: revoked_at ?? granted_at,
    expires_at: null,
    revoked_at,
  };
}

function tokenOf(allowed: Allowed, daysAgo: (days: number) => Date): RefreshTokenRow {
  const { name, granted, used, revoked, neverExpires } = allowed;
  const created_at = daysAgo(granted);
  const last_used_at = used === null ? null : daysAgo(used);
  const revoked_at = revoked === undefined ? null : daysAgo(revoked);
  return {
    _id: `token-${name}`,
    consent_id: `consent-${name}`,
    ...valuesOf(allowed),
    created_at,
    last_used_at,
    expires_at: neverExpires ? null : new Date(created_at.getTime() + TOKEN_LIFE),
    revoked_at,
    updated_at: revoked_at ?? last_used_at ?? created_at,
  };
}

function valuesOf({ client, scopes }: Allowed): GrantValues {
  const usual = demoClient(client);
  return pageUserValues(usual._id, usual.resource, scopes ?? usual.scopes[0]);
}

function pageUserValues(client_id: string, resource: string, scopes: string[]): GrantValues {
  const [{ account_id, projects }] = ACCOUNTS;
  const [project_id] = projects;
  const scope = resource === MCP ? [...scopes, `project:${project_id}`] : scopes;
  return { client_id, user_id: PAGE_USER._id, account_id, project_id, resource, scope };
}

/** One that is valid for as long as anybody keeps the demo, an expired one, and one whose code was never entered. */
function verificationRecords(now: Date): VerificationRecordRow[] {
  const user_id = PAGE_USER._id;
  const inYears = (years: number) => new Date(now.getTime() + years * YEAR);
  return [
    { _id: VERIFICATION_ID, user_id, type: 'Password', verified: true, expires_at: inYears(10) },
    { _id: 'verification-expired', user_id, type: 'Password', verified: true, expires_at: inYears(-1) },
    {
      _id: 'verification-pending',
      user_id,
      type: 'EmailVerificationCode',
      verified: false,
      expires_at: inYears(10),
    },
  ];
}
