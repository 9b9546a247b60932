import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from '@commander-js/extra-typings';
import { exportJWK, generateKeyPair } from 'jose';
import { pino } from 'pino';
import { createIndexes } from '../../server/src/database/collections.ts';
import { connectDatabase } from '../../server/src/database/connect.ts';
import { startEmbeddedMongo } from '../../server/src/database/embedded/start.ts';
import { storeOf } from '../../server/src/grants/rows/store.ts';
import { listen } from '../../server/src/http/listen.ts';
import { giveMemory } from '../bench/memory.ts';
import { progress } from '../bench/timing.ts';
import { type ServerProcess, startServer, untilReady } from '../processes/server-process.ts';
import { signToken } from '../processes/sign-token.ts';
import { wholeNumber } from '../processes/whole-number.ts';
import { ACCOUNT, BUSY, fill } from '../queries/rows.ts';
import { holdIdle, readSlowly } from './bystanders.ts';
import { faultsAfter, faultsOf, NO_TIME_LIMITS, type Phase, TIME_LIMITS, type Unloaded } from './faults.ts';
import { type Callers, type Outcome, sendTraffic } from './traffic.ts';
import { watch } from './watch.ts';

const { seconds, rows, times } = new Command('npm run test:load --')
  .description(
    'Sends a server as many requests as the machine can answer, then twice as many, then those over 500 connections, ' +
      'beside 100 clients that read nothing and 1,000 idle connections. Fails if a response is neither a 2xx, a 429 nor ' +
      'a 503, if the median of those admitted is over five times that of an idle server, if its health is not known ' +
      'within a second, if its memory grows beyond bounds, or if it is not as before within 10 seconds.',
  )
  .option('--seconds <number>', 'how long each of the three loads lasts', wholeNumber, 60)
  .option('--rows <number>', 'refresh tokens of the account, five for each grant', wholeNumber, 50_000)
  .option('--no-times', 'judges no times, for machines that do other work too')
  .parse()
  .opts();

const LIMITS = times ? TIME_LIMITS : NO_TIME_LIMITS;
/** As many as keep both the server and its database busy. */
const CONNECTIONS_AT_LIMIT = 6;
const UNLOADED_SECONDS = Math.min(seconds, 10);
const RECOVERY_MS = 10_000;

const PARTY = 'load';
const { privateKey, publicKey } = await generateKeyPair('ES256');
const keys = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256' }] });
const issuer = await listen((_req, res) => res.end(keys), { host: '127.0.0.1', port: 0 });
const dataDir = await mkdtemp(join(tmpdir(), 'grantkeeper-load-'));
const mongo = await startEmbeddedMongo({ log: pino({ level: 'warn' }) });
await giveMemory(mongo.uri);
const uri = new URL('load', mongo.uri).href;
const database = await connectDatabase(uri);
try {
  progress(`writing ${rows} rows`);
  await fill(storeOf(database.collections), rows, new Date());
  await createIndexes(database.collections);
  const bearer = async (claims: { sub: string } & Record<string, unknown>) =>
    `Bearer ${await signToken(privateKey, PARTY, claims)}`;
  const callers = {
    admin: await bearer({ sub: 'admin', account_id: ACCOUNT, permissions: ['account:admin'] }),
    person: await bearer({ sub: BUSY, account_id: ACCOUNT, permissions: ['account:member'] }),
  };
  const server = await startServer({
    NODE_ENV: 'production',
    MONGODB_URI: uri,
    DATA_DIR: dataDir,
    AUTH_ISSUER: PARTY,
    AUTH_AUDIENCE: PARTY,
    AUTH_JWKS_URI: issuer.url,
    RATE_LIMITS: 'off',
    LIST_WAIT_MS: '2000',
    // On two processors shared with the engine and the load. With more, each takes longer, and no more are served.
    MAX_IN_FLIGHT: '3',
  });
  try {
    await untilReady(server);
    const faults = await load(server, callers);
    for (const fault of faults) console.error(`✗ ${fault}`);
    if (faults.length > 0) process.exitCode = 1;
    progress(faults.length > 0 ? `failed: ${faults.length} faults` : 'done: it kept every promise');
  } finally {
    await server.stop();
  }
} finally {
  await database.close();
  await mongo.stop();
  await issuer.close();
  await rm(dataDir, { recursive: true });
}

async function load(server: ServerProcess, callers: Callers): Promise<string[]> {
  const { url } = server;
  const send = (connections: number, rate?: number, length = seconds) =>
    sendTraffic({ url, callers, connections, seconds: length, ...(rate ? { rate } : {}) });
  // What is compiled and cached by the first requests is not measured.
  await send(1, undefined, 2);
  const unloaded = await send(1, undefined, UNLOADED_SECONDS);
  report('without load', unloaded);

  const phases: Phase[] = [];
  const during = async (name: string, traffic: () => Promise<Outcome>): Promise<Outcome> => {
    const ended = watch(url, server.pid);
    const outcome = await traffic();
    const watched = await ended();
    report(name, outcome);
    progress(`  ${JSON.stringify(watched)}`);
    phases.push({ name, outcome, watched });
    return outcome;
  };
  const { admitted } = await during('at the limit', () => send(CONNECTIONS_AT_LIMIT));
  const twice = Math.round(2 * admitted);
  await during('twice the limit', () => send(64, twice));
  await during('500 connections, slow readers, idle connections', async () => {
    const closeIdle = await holdIdle(url, 1_000);
    const closeSlow = await readSlowly(url, callers.admin, 100);
    try {
      return await send(500, twice);
    } finally {
      closeIdle();
      closeSlow();
    }
  });
  const after = await recovered(send, unloaded);
  return [...faultsOf(unloaded, phases, LIMITS), ...faultsAfter(unloaded, after, LIMITS)];
}

/** What a server does once it is as before, at the latest 10 seconds after the load. */
async function recovered(
  send: (connections: number, rate: undefined, seconds: number) => Promise<Outcome>,
  unloaded: Unloaded,
): Promise<Outcome> {
  const end = performance.now() + RECOVERY_MS;
  for (;;) {
    const outcome = await send(1, undefined, 2);
    report('afterwards', outcome);
    if (faultsAfter(unloaded, outcome, LIMITS).length === 0 || performance.now() > end) return outcome;
    await sleep(500);
  }
}

function report(name: string, { statuses, unanswered, median, admitted }: Outcome): void {
  const counts = [...statuses].map(([status, count]) => `${count} × ${status}`).join(', ');
  progress(
    `${name}: median ${median.toFixed(1)} ms, ${admitted.toFixed(0)}/s; ${counts}; ${unanswered} unanswered`,
  );
}
