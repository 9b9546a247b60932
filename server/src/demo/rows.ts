import type {
  ClientRow,
  ConsentRow,
  OrganizationScopeRow,
  ProjectRow,
  RefreshTokenRow,
  ResourceRow,
  ResourceScopeRow,
  UserConsentScopesRow,
  UserRow,
  VerificationRecordRow,
} from '../database/collections.ts';
import { type GrantValues, pageUserRows } from './page-user.ts';
import { FIRST_NAMES, LAST_NAMES } from './people.ts';
import {
  ACCOUNTS,
  type Account,
  CIMD_CLIENT,
  CLIENTS,
  type DemoClient,
  MCP,
  PAGE_USER,
  PROJECTS,
} from './platform.ts';
import { type Chance, createChance } from './random.ts';
import { ORGANIZATION_SCOPES, RESOURCE_SCOPES, RESOURCES, USER_CONSENT_SCOPES } from './scopes.ts';

/** The demo's rows, by collection. */
export interface DemoRows {
  refreshTokens: RefreshTokenRow[];
  consents: ConsentRow[];
  clients: ClientRow[];
  users: UserRow[];
  projects: ProjectRow[];
  verificationRecords: VerificationRecordRow[];
  organizationScopes: OrganizationScopeRow[];
  resources: ResourceRow[];
  resourceScopes: ResourceScopeRow[];
  userConsentScopes: UserConsentScopesRow[];
}

const DAY = 24 * 60 * 60 * 1000;
const TOKEN_DAYS = 30;

/** How a family of refresh tokens stands today, and how often: `[ending, cumulative percent]`. */
const ENDINGS = [
  ['live', 58],
  ['never expires', 70],
  ['expired', 85],
  ['revoked', 100],
] as const;
type Ending = (typeof ENDINGS)[number][0];

/** All rows of the demo. The same on every machine except for the dates, which are counted back from `now`. */
export function demoRows(now: Date): DemoRows {
  const chance = createChance(20_261_122);
  const rows: DemoRows = {
    ...pageUserRows(now),
    clients: CLIENTS.map(({ resource: _, scopes: __, ...row }) => row),
    users: [PAGE_USER],
    projects: PROJECTS,
    organizationScopes: ORGANIZATION_SCOPES,
    resources: RESOURCES,
    resourceScopes: RESOURCE_SCOPES,
    userConsentScopes: USER_CONSENT_SCOPES,
  };
  for (const account of ACCOUNTS) {
    for (let person = 0; person < account.people; person += 1) addPerson(rows, account, now, chance);
  }
  return rows;
}

function addPerson(rows: DemoRows, account: Account, now: Date, chance: Chance): void {
  const user = person(account, chance);
  if (chance.often(95)) rows.users.push(user);
  const grants = chance.between(0, 5);
  for (let index = 0; index < grants; index += 1) {
    const client = chance.often(8) ? CIMD_CLIENT : chance.pick(CLIENTS);
    const values = grantValues(user._id, account, client, chance);
    addFamily(rows, values, ending(chance), now, chance);
  }
  if (chance.often(15)) {
    const granted_at = new Date(now.getTime() - chance.between(1, 400) * DAY);
    addConsent(rows, grantValues(user._id, account, chance.pick(CLIENTS), chance), granted_at, null, chance);
  }
}

/** Some people have given no name, some no email address. */
function person({ domain }: Account, chance: Chance): UserRow {
  const first = chance.pick(FIRST_NAMES);
  const last = chance.pick(LAST_NAMES);
  const local = `${first}.${last}`
    .normalize('NFD')
    .replace(/[^a-z.]/gi, '')
    .toLowerCase();
  return {
    _id: chance.id(),
    ...(chance.often(94) ? { name: `${first} ${last}` } : {}),
    ...(chance.often(97) ? { email: `${local}${chance.between(1, 99)}@${domain}` } : {}),
  };
}

function grantValues(user_id: string, account: Account, client: DemoClient, chance: Chance): GrantValues {
  const project_id = chance.pick(account.projects);
  const scope = [
    ...chance.pick(client.scopes),
    ...(client.resource === MCP ? [`project:${project_id}`] : []),
  ];
  return {
    client_id: client._id,
    user_id,
    account_id: account.account_id,
    project_id,
    resource: client.resource,
    scope,
  };
}

function ending(chance: Chance): Ending {
  const percent = chance.between(1, 100);
  return ENDINGS.find(([, upTo]) => percent <= upTo)?.[0] ?? 'live';
}

/**
 * Adds a consent, for most, and the tokens that rotation left: each but the last was revoked when the next was issued.
 */
function addFamily(rows: DemoRows, values: GrantValues, end: Ending, now: Date, chance: Chance): void {
  const rotations = chance.between(0, 5);
  // Most of what never expires has been left alone for long: somebody should revoke it.
  const longer = end === 'never expires' ? 20 : 1;
  const lastIssued =
    now.getTime() -
    (end === 'expired' ? TOKEN_DAYS + chance.between(1, 200) : chance.between(0, 20) * longer) * DAY;
  const first = lastIssued - rotations * 7 * DAY;
  const revoked_at = end === 'revoked' ? new Date(lastIssued + DAY / 2) : null;
  const consented = chance.often(85);
  const consent_id = consented
    ? addConsent(rows, values, new Date(first), chance.often(50) ? revoked_at : null, chance)
    : null;
  const neverUsed = rotations === 0 && chance.often(40);

  for (let index = 0; index <= rotations; index += 1) {
    const created = first + index * 7 * DAY;
    const isLast = index === rotations;
    const used = isLast
      ? Math.min(created + chance.between(1, 20) * (DAY / 48), now.getTime())
      : created + 7 * DAY;
    const endedAt = isLast ? revoked_at : new Date(used);
    rows.refreshTokens.push({
      _id: chance.id(),
      consent_id,
      ...values,
      created_at: new Date(created),
      last_used_at: neverUsed ? null : new Date(used),
      expires_at: end === 'never expires' ? null : new Date(created + TOKEN_DAYS * DAY),
      revoked_at: endedAt,
      updated_at: endedAt ?? new Date(used),
    });
  }
}

function addConsent(
  rows: DemoRows,
  values: GrantValues,
  granted_at: Date,
  revoked_at: Date | null,
  chance: Chance,
): string {
  const _id = chance.id();
  rows.consents.push({
    _id,
    ...values,
    granted_at,
    updated_at: revoked_at ?? granted_at,
    expires_at: null,
    revoked_at,
  });
  return _id;
}
