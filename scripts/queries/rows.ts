import type { ConsentRow, RefreshTokenRow } from '../../server/src/database/collections.ts';
import type { Store } from '../../server/src/grants/rows/store.ts';

/** The account that contains everything. */
export const ACCOUNT = 'account';
/** The user with one grant in ten, like a service account. */
export const BUSY = 'person-0';

const ROWS_EACH = 5;
const BATCH = 10_000;
const DAY = 24 * 60 * 60 * 1_000;

/** For each filter, a value that many grants have; for the client, a third of them. */
export const COMMON = {
  account_id: ACCOUNT,
  project_id: 'project-0',
  user_id: BUSY,
  client_id: 'client-0',
  resource: 'https://0.example/',
} as const;

/** Fills an empty store with one account: five rows per grant, and a consent for each grant of the busy user. */
export async function fill(store: Store, rows: number, now: Date): Promise<void> {
  for (let first = 0; first < rows; first += BATCH) {
    const length = Math.min(BATCH, rows - first);
    await store.rows.insertMany(
      Array.from({ length }, (_, index) => tokenRow(first + index, now)),
      { ordered: false },
    );
  }
  const grants = rows / ROWS_EACH;
  await store.consents.insertMany(
    Array.from({ length: Math.ceil(grants / 10) }, (_, index) => consentRow(index * 10, now)),
  );
  await store.users.insertMany(
    Array.from({ length: 1_000 }, (_, index) => ({ _id: `person-${index}`, name: `Person ${index % 97}` })),
  );
  await store.clients.insertMany(
    Array.from({ length: 2 }, (_, index) => ({
      _id: `client-${index}`,
      name: `App ${index}`,
      is_first_party: false,
    })),
  );
}

function tokenRow(row: number, now: Date): RefreshTokenRow {
  const grant = Math.floor(row / ROWS_EACH);
  const ago = (days: number) => new Date(now.getTime() - days * DAY);
  const fate = ['active', 'active', 'active', 'expired', 'revoked'][Math.floor(grant / 7) % 5];
  return {
    _id: `token-${row}`,
    consent_id: grant % 10 === 0 ? `consent-${grant}` : null,
    ...valuesOf(grant),
    created_at: ago(30 + ((grant * 7_919) % 60_000) / 2_000),
    last_used_at: grant % 6 === 0 ? null : ago(((grant * 104_729) % 60_000) / 2_000),
    expires_at:
      fate === 'expired' ? ago(100 + (grant % 50)) : grant % 4 === 0 ? null : ago(-30 - (grant % 300)),
    revoked_at: fate === 'revoked' ? ago(1) : null,
    updated_at: ago(1),
  };
}

function consentRow(grant: number, now: Date): ConsentRow {
  const at = new Date(now.getTime() - 60 * DAY - grant);
  const values = { ...valuesOf(grant), granted_at: at, updated_at: at };
  return { _id: `consent-${grant}`, ...values, expires_at: null, revoked_at: null };
}

/** The six values of a grant. Every combination of two of them occurs in many grants. */
function valuesOf(grant: number) {
  return {
    client_id: `client-${grant % 3}`,
    user_id: grant % 10 === 0 ? BUSY : `person-${1 + ((grant * 31) % 3_000)}`,
    account_id: ACCOUNT,
    project_id: `project-${Math.floor(grant / 3) % 4}`,
    resource: `https://${Math.floor(grant / 12) % 5}.example/`,
    scope: ['openid', `scope-${grant}`],
  };
}
