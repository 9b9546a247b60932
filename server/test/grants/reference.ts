import type { ClientRow, ConsentRow, RefreshTokenRow, UserRow } from '../../src/database/collections.ts';

/*
 * What the design says of grants, written once more and as plainly as can be, over arrays in memory. The property
 * tests hold the service against it. It shares no code with the service.
 */

export interface Store {
  refreshTokens: RefreshTokenRow[];
  consents: ConsentRow[];
  clients: ClientRow[];
  users: UserRow[];
}

/** What a list can be sorted by. */
export const SORT_FIELDS = [
  'granted_at',
  'client_name',
  'user_name',
  'resource',
  'last_used_at',
  'expires_at',
  'status',
] as const;

/** A grant as the OAuth Grants document writes it. */
export interface ReferenceGrant {
  grant_id: string;
  client_id: string;
  client_name: string;
  user_id: string;
  user_name?: string;
  user_email?: string;
  account_id: string;
  project_id: string;
  resource: string;
  scope: string[];
  status: 'active' | 'expired' | 'revoked';
  token_count: number;
  granted_at: string;
  created_at: string;
  last_used_at?: string;
  expires_at?: string;
}

export type Filters = Partial<
  Record<'account_id' | 'project_id' | 'user_id' | 'client_id' | 'resource' | 'unused_since', string>
>;
export type Status = ReferenceGrant['status'] | 'all';

const time = (date: Date | null | undefined) => date?.getTime();
const iso = (times: number[], choose: (...times: number[]) => number) =>
  new Date(choose(...times)).toISOString();
const known = (times: (number | undefined)[]) => times.filter((at) => at !== undefined);

export function grantIdOf(row: RefreshTokenRow): string {
  const { client_id, user_id, account_id, project_id, resource } = row;
  const scope = [...new Set(row.scope)].sort();
  return Buffer.from(
    JSON.stringify({ client_id, user_id, account_id, project_id, resource, scope }),
  ).toString('base64url');
}

export function rowsByGrant(store: Store): Map<string, RefreshTokenRow[]> {
  const grants = new Map<string, RefreshTokenRow[]>();
  for (const row of store.refreshTokens) {
    const id = grantIdOf(row);
    grants.set(id, [...(grants.get(id) ?? []), row]);
  }
  return grants;
}

/** Every grant of the store, in no particular order. */
export function grantsOf(store: Store, now: Date): ReferenceGrant[] {
  return [...rowsByGrant(store)].map(([grant_id, rows]) => describeGrant(store, grant_id, rows, now));
}

function describeGrant(store: Store, grant_id: string, rows: RefreshTokenRow[], now: Date): ReferenceGrant {
  const [row] = rows;
  if (!row) throw new Error('a grant has at least one row');
  const user = store.users.find(({ _id }) => _id === row.user_id);
  const created = known(rows.map(({ created_at }) => time(created_at)));
  const used = known(rows.map(({ last_used_at }) => time(last_used_at)));
  const expiries = known(rows.map(({ expires_at }) => time(expires_at)));
  const consents = store.consents.filter(
    ({ _id, user_id, account_id }) =>
      user_id === row.user_id &&
      account_id === row.account_id &&
      rows.some(({ consent_id }) => consent_id === _id),
  );
  const granted = known(consents.map(({ granted_at }) => time(granted_at)));
  return {
    grant_id,
    client_id: row.client_id,
    client_name: store.clients.find(({ _id }) => _id === row.client_id)?.name ?? row.client_id,
    user_id: row.user_id,
    ...(user?.name ? { user_name: user.name } : {}),
    ...(user?.email ? { user_email: user.email } : {}),
    account_id: row.account_id,
    project_id: row.project_id,
    resource: row.resource,
    scope: [...new Set(row.scope)].sort(),
    status: statusOf(rows, now),
    token_count: rows.length,
    granted_at: iso(granted.length > 0 ? granted : created, Math.min),
    created_at: iso(created, Math.min),
    ...(used.length > 0 ? { last_used_at: iso(used, Math.max) } : {}),
    ...(expiries.length === rows.length ? { expires_at: iso(expiries, Math.max) } : {}),
  };
}

function statusOf(rows: RefreshTokenRow[], now: Date): ReferenceGrant['status'] {
  const unrevoked = rows.filter(({ revoked_at }) => !revoked_at);
  if (unrevoked.length === 0) return 'revoked';
  return unrevoked.some(({ expires_at }) => !expires_at || expires_at > now) ? 'active' : 'expired';
}

export function matches(grant: ReferenceGrant, filters: Filters, status: Status): boolean {
  const { unused_since, ...values } = filters;
  const wanted = Object.entries(values) as [keyof typeof values, string][];
  return (
    wanted.every(([name, value]) => grant[name] === value) &&
    (status === 'all' || grant.status === status) &&
    (unused_since === undefined || isUnused(grant, unused_since))
  );
}

/** Times written as the service writes them sort as texts. */
function isUnused({ granted_at, last_used_at }: ReferenceGrant, since: string): boolean {
  return granted_at < since && (last_used_at === undefined || last_used_at < since);
}

/** Whether a revocation of what is unused since a moment may take a grant: no token of it was issued since. */
export function isIssuedBefore(store: Store, { grant_id }: ReferenceGrant, since: string): boolean {
  const rows = rowsByGrant(store).get(grant_id) ?? [];
  return rows.every(({ created_at }) => created_at < new Date(since));
}

/** Whether two grants stand in the right order: the sort field first (absent ones last), then the six values alike. */
export function isInOrder(
  a: ReferenceGrant,
  b: ReferenceGrant,
  sort_by: keyof ReferenceGrant,
  order: 'asc' | 'desc',
): boolean {
  const [left, right] = [sortKey(a, sort_by), sortKey(b, sort_by)];
  if (left === right) return order === 'asc' ? tieBreak(a) < tieBreak(b) : tieBreak(a) > tieBreak(b);
  if (left === undefined || right === undefined) return right === undefined;
  return order === 'asc' ? left < right : left > right;
}

function sortKey(grant: ReferenceGrant, sort_by: keyof ReferenceGrant): string | undefined {
  const value = grant[sort_by];
  if (value === undefined) return undefined;
  if (sort_by === 'client_name' || sort_by === 'user_name') {
    return String(value).normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
  }
  return String(value);
}

/** The tests' ids hold letters and digits only, so that plain joining keeps the order. */
function tieBreak({ client_id, user_id, account_id, project_id, resource, scope }: ReferenceGrant): string {
  return [client_id, user_id, account_id, project_id, resource, scope.join('\u0001')].join('\u0000');
}

/** Revokes the unrevoked rows of some grants and, where asked, the consents their rows name. Counts what changed. */
export function revoke(store: Store, grantIds: string[], include_consent: boolean, now: Date) {
  const rows = [...rowsByGrant(store)].filter(([id]) => grantIds.includes(id)).flatMap(([, rows]) => rows);
  const tokens = rows.filter(({ revoked_at }) => !revoked_at);
  const consents = store.consents.filter(
    ({ _id, revoked_at }) =>
      include_consent && !revoked_at && rows.some(({ consent_id }) => consent_id === _id),
  );
  for (const row of [...tokens, ...consents]) row.revoked_at = now;
  return { revoked_tokens: tokens.length, revoked_consents: consents.length };
}
