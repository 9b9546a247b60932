import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import express from 'express';
import { exportJWK, generateKeyPair } from 'jose';
import { createIndexes } from '../../server/src/database/collections.ts';
import { connectDatabase } from '../../server/src/database/connect.ts';
import { storeOf } from '../../server/src/grants/rows/store.ts';
import { listen } from '../../server/src/http/listen.ts';
import { startServer } from '../processes/server-process.ts';
import { signToken } from '../processes/sign-token.ts';
import { ACCOUNT, fill, grantsOf, oneRow } from './rows.ts';
import { progress, round } from './timing.ts';

const PARTY = 'bench';
const SMALL = 'small-account';
/** How long to wait between two lists, in milliseconds. */
const PAUSE = 100;

/** How an account's lists were answered while another program wrote. */
export interface Answers {
  answered: number;
  /** Answered 503 with `Retry-After`. */
  refused: number;
  /** In milliseconds. */
  slowest: number;
}

/** What an import by another program does to a server in production mode, in its own process. */
export interface ImportResult {
  rows: number;
  /** How long writing took beside the server's own work, in milliseconds. */
  written: number;
  /** From the last write until everything is in the list, in milliseconds. */
  in_after: number;
  /** The account of the rows, and another one that already had a grant. */
  account: Answers;
  other: Answers;
  /** Peak memory of the process, in MB. */
  memory: number;
}

/** Measures an import into an empty account. */
export async function measureImport(uri: string, rows: number): Promise<ImportResult> {
  const dataDir = await mkdtemp(join(tmpdir(), 'grantkeeper-import-'));
  const database = await connectDatabase(uri, { dbName: 'bench-import' });
  const store = storeOf(database.collections);
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256' }] };
  const keys = express().get('/jwks', (_req, res) => {
    res.json(jwks);
  });
  const issuer = await listen(keys, { host: '127.0.0.1', port: 0 });
  const named = new URL(uri);
  named.pathname = '/bench-import';
  const env = {
    NODE_ENV: 'production',
    MONGODB_URI: named.href,
    DATA_DIR: dataDir,
    AUTH_JWKS_URI: `${issuer.url}/jwks`,
    AUTH_ISSUER: PARTY,
    AUTH_AUDIENCE: PARTY,
    LIST_WAIT_MS: '2000',
  };
  const tokenOf = (account_id: string) =>
    signToken(privateKey, PARTY, { sub: 'admin', account_id, permissions: ['account:admin'] });
  try {
    await createIndexes(database.collections);
    await oneRow(store, SMALL, new Date());
    const server = await startServer(env);
    try {
      const list = new Lister(server.url, await tokenOf(ACCOUNT));
      const other = new Lister(server.url, await tokenOf(SMALL));
      let isIn = false;
      const keepAsking = async (one: Lister) => {
        while (!isIn) {
          await one.ask();
          await sleep(PAUSE);
        }
      };
      const asking = Promise.all([list, other].map(keepAsking));
      const memory = watchMemory(server.pid);
      progress(`import: ${rows} rows while the server runs`);
      const began = performance.now();
      await fill(store, rows, new Date());
      const ended = performance.now();
      progress('import: written');
      while (list.total < grantsOf(rows)) await sleep(PAUSE);
      const inAfter = performance.now() - ended;
      isIn = true;
      await asking;
      return {
        rows,
        written: round(ended - began),
        in_after: round(inAfter),
        account: list.answers,
        other: other.answers,
        memory: memory.most(),
      };
    } finally {
      await server.stop();
    }
  } finally {
    await issuer.close();
    await database.collections.users.db.dropDatabase();
    await database.close();
    await rm(dataDir, { recursive: true });
  }
}

/** Requests the list of all grants of an account, again and again. */
class Lister {
  readonly answers: Answers = { answered: 0, refused: 0, slowest: 0 };
  /** How many grants the account had in the latest response. */
  total = 0;
  readonly #url: string;
  readonly #headers: Record<string, string>;

  constructor(url: string, token: string) {
    this.#url = `${url}/api/v1/oauth-grants?status=all`;
    this.#headers = { Authorization: `Bearer ${token}` };
  }

  async ask(): Promise<void> {
    const start = performance.now();
    const response = await fetch(this.#url, { headers: this.#headers });
    const body: { total_count: number } = JSON.parse(await response.text());
    this.answers.slowest = Math.max(this.answers.slowest, round(performance.now() - start));
    if (response.status === 200) {
      this.answers.answered += 1;
      this.total = body.total_count;
    } else if (response.status === 503 && response.headers.has('Retry-After')) {
      this.answers.refused += 1;
    } else {
      throw new Error(`answered ${response.status}: ${JSON.stringify(body)}`);
    }
  }
}

function watchMemory(pid: number): { most: () => number } {
  let most = 0;
  const look = async () => {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', `${pid}`]);
    most = Math.max(most, Math.round(Number(stdout) / 1_024));
  };
  const timer = setInterval(() => void look().catch(() => undefined), 250).unref();
  return {
    most: () => {
      clearInterval(timer);
      return most;
    },
  };
}
