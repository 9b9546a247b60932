import type { ServerProcess } from '../../scripts/processes/server-process.ts';
import type { Answer } from './service.ts';

/** What a token of an admin of the published page's account claims. */
export const ACCOUNT_ADMIN = {
  sub: 'admin',
  account_id: '652feb8b38902b2e2245a2fb',
  permissions: ['account:admin'],
};

/** Asks a server about the grants: a path or a query below `/api/v1/oauth-grants`. */
export async function askGrants(
  { url }: ServerProcess,
  token: string,
  below = '',
  method = 'GET',
): Promise<Answer> {
  const headers = { Authorization: `Bearer ${token}` };
  const response = await fetch(`${url}/api/v1/oauth-grants${below}`, { method, headers });
  return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) };
}
