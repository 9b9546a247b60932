import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { OwnProcess, type ServerProcess } from '../../scripts/server-process.ts';
import type { Answer } from './service.ts';

/** What a token of an admin of the published page's account claims. */
export const ACCOUNT_ADMIN = {
  sub: 'admin',
  account_id: '652feb8b38902b2e2245a2fb',
  permissions: ['account:admin'],
};

/** A folder for the processes of one test file; it is deleted, and whatever still runs is ended, at the end. */
export async function useProcesses(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'grantkeeper-test-'));
  afterAll(async () => {
    await Promise.all([...OwnProcess.living].map((process) => process.stop()));
    // The engine of a server that was killed needs a moment to end, and writes until then.
    await rm(folder, { recursive: true, maxRetries: 20, retryDelay: 50 });
  });
  return folder;
}

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
