import type { RefreshTokenRow } from '../../server/src/database/collections.ts';
import type { Store } from '../../server/src/grants/rows/store.ts';

/** The account that contains everything. */
export const ACCOUNT = 'account';
const ROWS_EACH = 5;
const GRANTS_EACH = 5;
const PROJECTS = 10;
const BATCH = 10_000;
const DAY = 24 * 60 * 60 * 1_000;

/** How many grants so many rows make. */
export const grantsOf = (rows: number) => rows / ROWS_EACH;

/** Rows per project; all grants of the first two projects are active. */
export const rowsOfProject = (rows: number) => rows / PROJECTS;

/** The users of a project, as a range of ids, so that an index finds their rows in one stretch. */
export function peopleOfProject(project: number, rows: number): { $gte: string; $lt: string } {
  const people = rows / ROWS_EACH / GRANTS_EACH / PROJECTS;
  return { $gte: personId(project * people), $lt: personId((project + 1) * people) };
}

/**
 * Fills an empty store with one account: five rows per grant, five grants per user, ten projects. In projects 2 to 9, a
 * fifth of the grants has expired and a fifth is revoked.
 */
export async function fill(store: Store, rows: number, now: Date): Promise<void> {
  const people = rows / ROWS_EACH / GRANTS_EACH;
  let batch: RefreshTokenRow[] = [];
  for (let row = 0; row < rows; row += 1) {
    batch.push(tokenRow(row, people, now));
    if (batch.length < BATCH && row < rows - 1) continue;
    await store.rows.insertMany(batch, { ordered: false });
    batch = [];
  }
  await store.users.insertMany(
    Array.from({ length: people }, (_, index) => ({
      _id: personId(index),
      name: `Person ${index % 997}`,
      email: emailOf(index),
    })),
  );
  await store.clients.insertMany(
    Array.from({ length: 50 }, (_, index) => ({ _id: `client-${index}`, name: `App ${index % 40}` })),
  );
}

/** All e-mail addresses are at one company. */
export const emailOf = (index: number) => `person.no${index}@company.example`;

/** Adds a grant with one row to another account. */
export async function oneRow({ rows }: Store, account_id: string, now: Date): Promise<void> {
  const row = { ...tokenRow(0, 1, now), _id: `token of ${account_id}`, account_id };
  await rows.insertOne(row);
}

function tokenRow(row: number, people: number, now: Date): RefreshTokenRow {
  const grant = Math.floor(row / ROWS_EACH);
  const person = Math.floor(grant / GRANTS_EACH);
  const project = Math.floor((person / people) * PROJECTS);
  const ago = (days: number) => new Date(now.getTime() - days * DAY);
  const fate = project < 2 ? 'active' : ['active', 'active', 'active', 'expired', 'revoked'][grant % 5];
  const created_at = ago(30 + ((grant * 7_919) % 60_000) / 2_000);
  return {
    _id: `token-${row}`,
    consent_id: null,
    client_id: `client-${(grant * 31) % 50}`,
    user_id: personId(person),
    account_id: ACCOUNT,
    project_id: `project-${project}`,
    resource: `https://${grant % 7}.example/`,
    scope: ['openid', 'profile', `scope-${grant % 25}`],
    created_at,
    last_used_at: grant % 6 === 0 ? null : ago(((grant * 104_729) % 60_000) / 2_000),
    expires_at: fate === 'expired' ? ago(1) : ago(-30 - (grant % 300)),
    revoked_at: fate === 'revoked' ? ago(1) : null,
    updated_at: ago(1),
  };
}

function personId(index: number): string {
  return `person-${String(index).padStart(7, '0')}`;
}
