/**
 * `npm run contract`: runs the workflows in `openapi/workflows/` against its own server, and exits as they end.
 *
 * It is the real server in its own process, with the demo in a temporary database. Source descriptions are named after
 * their documents, and their servers' addresses are replaced.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { addVerification } from '../../server/src/cli/token.ts';
import { readConfig } from '../../server/src/config.ts';
import { VERIFICATION_ID } from '../../server/src/demo/page-user.ts';
import { ACCOUNTS, PAGE_USER } from '../../server/src/demo/platform.ts';
import { openOwnIssuer } from '../../server/src/http/own-issuer.ts';
import { ROOT, startServer } from '../processes/server-process.ts';

const DOCUMENTS = 'openapi';
const WORKFLOWS = 'openapi/workflows';
const TOKEN_SECONDS = 60 * 60;
const OTHER_PERSON = 'another-person';
/** The scope that My account grants requires. */
const SESSIONS = 'urn:logto:scope:sessions';

/** The tokens that workflows name as inputs, by their claims. */
const TOKENS = {
  account_admin_token: accountAdmin(ACCOUNTS[0].account_id),
  other_account_admin_token: accountAdmin(ACCOUNTS[1]?.account_id),
  person_token: person(PAGE_USER._id),
  other_person_token: person(OTHER_PERSON),
  scopeless_token: { sub: PAGE_USER._id },
  application_token: { sub: 'an-application', client_id: 'an-application', scope: SESSIONS },
  third_party_token: { ...person(PAGE_USER._id), client_id: 'app_zapier_09' },
  management_token: { sub: 'management-api', scope: 'all' },
};

function accountAdmin(account_id: string | undefined) {
  return { sub: PAGE_USER._id, account_id, permissions: ['account:admin'] };
}

function person(sub: string) {
  return { sub, account_id: ACCOUNTS[0].account_id, permissions: ['account:member'], scope: SESSIONS };
}

async function runContract(): Promise<number> {
  const dataDir = await mkdtemp(join(tmpdir(), 'grantkeeper-contract-'));
  try {
    const server = await startServer({ DATA_DIR: dataDir, RATE_LIMITS: 'off' });
    try {
      return await respect(server.url, await makeInputs(dataDir));
    } finally {
      await server.stop();
    }
  } finally {
    await rm(dataDir, { recursive: true });
  }
}

/** The workflows' inputs: every token, signed with the key in `dataDir`, and verification records. */
async function makeInputs(dataDir: string): Promise<Record<string, string>> {
  const { sign } = await openOwnIssuer(dataDir, readConfig({}));
  const tokens = Object.entries(TOKENS).map(async ([name, claims]) => [
    name,
    await sign(claims, TOKEN_SECONDS),
  ]);
  const expiry = new Date(Date.now() + TOKEN_SECONDS * 1000);
  return {
    ...Object.fromEntries(await Promise.all(tokens)),
    verification_id: VERIFICATION_ID,
    other_verification_id: await addVerification({ mongodbUri: undefined, dataDir }, OTHER_PERSON, expiry),
  };
}

/** Runs the workflows with Redocly; returns its exit code. */
async function respect(url: string, inputs: Record<string, string>): Promise<number> {
  const redocly = join(ROOT, 'node_modules/@redocly/cli/bin/cli.js');
  const files = await filesIn(WORKFLOWS, '.arazzo.yaml');
  const servers = (await filesIn(DOCUMENTS, '.yaml'))
    .map((file) => `${basename(file, '.yaml')}=${url}`)
    .join();
  const child = spawn(process.execPath, [redocly, 'respect', ...files, '--server', servers], {
    cwd: ROOT,
    stdio: 'inherit',
    signal: stopping.signal,
    env: {
      ...process.env,
      REDOCLY_TELEMETRY: 'off',
      REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true',
      REDOCLY_CLI_RESPECT_INPUT: JSON.stringify(inputs),
    },
  });
  const [code] = await once(child, 'close');
  return code ?? 1;
}

/** A folder's files with this suffix, as paths from the root. */
async function filesIn(folder: string, suffix: string): Promise<string[]> {
  const names = await readdir(join(ROOT, folder));
  return names.filter((name) => name.endsWith(suffix)).map((name) => `${folder}/${name}`);
}

// When told to stop, end the workflows, but still stop the server and clean up.
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());

try {
  process.exitCode = await runContract();
} catch (error) {
  console.error(`contract: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
