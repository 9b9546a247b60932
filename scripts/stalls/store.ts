import { encodeGrantId } from '../../server/src/grants/rows/identity.ts';
import type { Store } from '../../server/src/grants/rows/store.ts';

/** The account that contains everything. */
export const ACCOUNT = 'account';

const GRANTS = 1_000;
const SCOPES = Array.from({ length: 30 }, (_, index) => `https://api.example/scopes/number-${index + 10}`);

const IDENTITIES = Array.from({ length: GRANTS }, (_, index) => ({
  client_id: `https://app-${index}.example/client.json`,
  user_id: `user-${index % 50}`,
  account_id: ACCOUNT,
  project_id: 'project',
  resource: 'https://mcp.example/',
  scope: SCOPES,
}));

export const STORED_GRANT_IDS = IDENTITIES.map(encodeGrantId);

/** A thousand grants of thirty scopes each: the longest page there is, of larger grants than usual. */
export async function fillStore({ rows: tokens, clients }: Store): Promise<void> {
  const created_at = new Date();
  const rows = IDENTITIES.map((identity, index) => ({
    _id: `token-${index}`,
    consent_id: null,
    ...identity,
    created_at,
    last_used_at: null,
    expires_at: null,
    revoked_at: null,
    updated_at: created_at,
  }));
  await tokens.insertMany(rows);
  await clients.insertOne({ _id: 'app', name: 'App', is_first_party: false });
}
