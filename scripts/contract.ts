/**
 * Runs the workflows in `openapi/workflows/` against a server of its own, and exits as they end: `npm run contract`.
 *
 * It is the real server in a process of its own, with the demo in a throwaway database. A workflow file is named
 * after its document, and so is its source description, whose server's address is replaced.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../server/src/config.ts';
import { ACCOUNTS, PAGE_USER } from '../server/src/demo/platform.ts';
import { openOwnIssuer } from '../server/src/http/own-issuer.ts';
import { ROOT, startServer } from './server-process.ts';

const WORKFLOWS = 'openapi/workflows';
const SUFFIX = '.arazzo.yaml';
const TOKEN_SECONDS = 60 * 60;

/** The tokens that workflows name as their inputs, by what they claim. */
const TOKENS = {
  account_admin_token: accountAdmin(ACCOUNTS[0].account_id),
  other_account_admin_token: accountAdmin(ACCOUNTS[1]?.account_id),
};

function accountAdmin(account_id: string | undefined) {
  return { sub: PAGE_USER._id, account_id, permissions: ['account:admin'] };
}

async function runContract(): Promise<number> {
  const files = await readdir(join(ROOT, WORKFLOWS));
  const documents = files
    .filter((file) => file.endsWith(SUFFIX))
    .map((file) => file.slice(0, -SUFFIX.length));
  const dataDir = await mkdtemp(join(tmpdir(), 'grantkeeper-contract-'));
  try {
    const server = await startServer({ DATA_DIR: dataDir });
    try {
      return await respect(documents, server.url, await signTokens(dataDir));
    } finally {
      await server.stop();
    }
  } finally {
    await rm(dataDir, { recursive: true });
  }
}

/** Signs every input's token with the key that the server made in `dataDir`. */
async function signTokens(dataDir: string): Promise<Record<string, string>> {
  const { sign } = await openOwnIssuer(dataDir, readConfig({}));
  const inputs = Object.entries(TOKENS).map(async ([name, claims]) => [
    name,
    await sign(claims, TOKEN_SECONDS),
  ]);
  return Object.fromEntries(await Promise.all(inputs));
}

/** Runs the documents' workflows with Redocly; gives its exit code. */
async function respect(documents: string[], url: string, inputs: Record<string, string>): Promise<number> {
  const redocly = join(ROOT, 'node_modules/@redocly/cli/bin/cli.js');
  const files = documents.map((document) => `${WORKFLOWS}/${document}${SUFFIX}`);
  const servers = documents.map((document) => `${document}=${url}`).join();
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

// Told to stop, we end the workflows, and still stop the server and clean up.
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());

try {
  process.exitCode = await runContract();
} catch (error) {
  console.error(`contract: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
