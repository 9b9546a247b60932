import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addVerification } from '../../server/src/cli/token.ts';
import { readConfig } from '../../server/src/config.ts';
import { VERIFICATION_ID } from '../../server/src/demo/page-user.ts';
import { ACCOUNTS, PAGE_USER } from '../../server/src/demo/platform.ts';
import { openOwnIssuer } from '../../server/src/http/own-issuer.ts';
import { startServer } from '../processes/server-process.ts';

const TOKEN_SECONDS = 60 * 60;
const OTHER_PERSON = 'another-person';
/** The scope that My account grants requires. */
const SESSIONS = 'urn:logto:scope:sessions';

/** The tokens that workflows name as inputs, by their claims. */
const TOKENS = {
  account_admin_token: accountAdmin(ACCOUNTS[0].account_id),
  other_account_admin_token: accountAdmin(ACCOUNTS[1]?.account_id),
  project_admin_token: projectAdmin('a-project-admin'),
  person_token: person(PAGE_USER._id),
  other_person_token: person(OTHER_PERSON),
  scopeless_token: { sub: PAGE_USER._id },
  application_token: { sub: 'an-application', client_id: 'an-application', scope: SESSIONS },
  third_party_token: { ...person(PAGE_USER._id), client_id: 'app_zapier_09' },
  unregistered_token: { ...person(PAGE_USER._id), client_id: 'https://agent.example/oauth/client.json?v=2' },
  first_party_token: { ...person(PAGE_USER._id), client_id: 'vts_console' },
  management_token: { sub: 'management-api', scope: 'all' },
};

function accountAdmin(account_id: string | undefined) {
  return { sub: PAGE_USER._id, account_id, permissions: ['account:admin'] };
}

function projectAdmin(sub: string) {
  const { account_id, projects } = ACCOUNTS[0];
  return { sub, account_id, project_id: projects[0], permissions: ['project:admin'] };
}

function person(sub: string) {
  return { sub, account_id: ACCOUNTS[0].account_id, permissions: ['account:member'], scope: SESSIONS };
}

/** A server with the demo, and all inputs of the workflows: tokens and verification records. */
export interface DemoServer {
  url: string;
  inputs: Record<string, string>;
  /** Stops it and deletes its database. */
  stop(): Promise<void>;
}

/** Starts the real server in its own process, with the demo in a temporary database. */
export async function startDemoServer(): Promise<DemoServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'grantkeeper-contract-'));
  try {
    const server = await startServer({ DATA_DIR: dataDir, RATE_LIMITS: 'off' });
    const stop = async () => {
      await server.stop();
      await rm(dataDir, { recursive: true });
    };
    const inputs = await makeInputs(dataDir).catch(async (error: Error) => {
      await stop();
      throw error;
    });
    return { url: server.url, inputs, stop };
  } catch (error) {
    await rm(dataDir, { recursive: true, force: true });
    throw error;
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
