import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer } from '../../../scripts/processes/server-process.ts';
import { readConfig } from '../../../server/src/config.ts';
import { VERIFICATION_ID } from '../../../server/src/demo/page-user.ts';
import { ACCOUNTS, PAGE_USER } from '../../../server/src/demo/platform.ts';
import { openOwnIssuer } from '../../../server/src/http/own-issuer.ts';
import { createGrantkeeper } from '../../src/grantkeeper.ts';

const HOUR = 60 * 60;

/** What `callEverything` of `projects/every-call` comes to. */
export const EVERY_CALL = {
  foundAll: true,
  gotFirst: true,
  revoked: true,
  revokedMany: true,
  statuses: ['revoked', 'revoked'],
  listedMine: true,
  revokedMine: true,
  renewedOnce: true,
  listedAllowed: true,
  revokedAllowed: true,
  userScopes: ['profile'],
  error: [true, 400, 'invalid-request', 'grant_id'],
  namedRequest: true,
};

/** A real server with the demo, for programs in projects of their own. */
export interface Demo {
  /** What `callEverything` of `projects/every-call` needs: the server's address, tokens, and ids of grants. */
  setting: Record<string, unknown>;
  /** Stops the server and deletes its database. */
  stop(): Promise<void>;
}

/** Starts a server with the demo in a temporary database. Its tokens are good for an hour. */
export async function startDemo(): Promise<Demo> {
  const dataDir = await mkdtemp(join(tmpdir(), 'grantkeeper-data-'));
  const server = await startServer({ DATA_DIR: dataDir });
  const { sign } = await openOwnIssuer(dataDir, readConfig({}));
  const sub = PAGE_USER._id;
  const { account_id } = ACCOUNTS[0];
  const personToken = await sign({ sub, account_id, scope: 'urn:logto:scope:sessions' }, HOUR);
  const { account, me } = createGrantkeeper({ baseUrl: server.url, token: personToken });
  const [mine] = await account(VERIFICATION_ID).listGrants({ appType: 'thirdParty' });
  const setting = {
    baseUrl: server.url,
    adminToken: await sign({ sub, account_id, permissions: ['account:admin'] }, HOUR),
    personToken,
    expiredToken: await sign({ sub, account_id }, -HOUR),
    managementToken: await sign({ sub: 'management-api', scope: 'all' }, HOUR),
    verificationId: VERIFICATION_ID,
    grantId: mine?.id,
    consentId: (await me.listGrants()).at(-1)?.id,
  };
  const stop = async () => {
    await server.stop();
    await rm(dataDir, { recursive: true, maxRetries: 20, retryDelay: 50 });
  };
  return { setting, stop };
}
