/**
 * Runs the workflows in `openapi/workflows/` against a server of its own, and exits as they end: `npm run contract`.
 *
 * The server is the real one, in a process of its own, on a free port, with the demo in a throwaway database.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { readConfig } from '../server/src/config.ts';
import { ACCOUNTS, PAGE_USER } from '../server/src/demo/platform.ts';
import { openOwnIssuer } from '../server/src/http/own-issuer.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const WORKFLOWS = 'openapi/workflows';
const SUFFIX = '.arazzo.yaml';
const TOKEN_SECONDS = 60 * 60;

/** The claims behind each input that a workflow may ask for. */
const TOKENS = {
  account_admin_token: accountAdmin(ACCOUNTS[0].account_id),
  other_account_admin_token: accountAdmin(ACCOUNTS[1]?.account_id),
};

function accountAdmin(account_id: string | undefined) {
  return { sub: PAGE_USER._id, account_id, permissions: ['account:admin'] };
}
