/**
 * `npm run test:kills`: runs two servers on one MongoDB, with writers and revocations; every round kills one of the two
 * at a random moment and restarts it. After each round the read model must match the rows, as in `npm run model --
 * check`, both servers must list the same, and every revocation that was answered must hold.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from '@commander-js/extra-typings';
import { pino } from 'pino';
import { readConfig } from '../../server/src/config.ts';
import { createIndexes, type RefreshTokenRow } from '../../server/src/database/collections.ts';
import { connectDatabase } from '../../server/src/database/connect.ts';
import { startEmbeddedMongo } from '../../server/src/database/embedded/start.ts';
import { differences, writeDifference } from '../../server/src/grants/read-model/check.ts';
import { GrantModel } from '../../server/src/grants/read-model/model.ts';
import { finishRevocations } from '../../server/src/grants/revocation/finish.ts';
import { openOwnIssuer } from '../../server/src/http/own-issuer.ts';
import { progress } from '../bench/timing.ts';
import { type ServerProcess, startServer } from '../processes/server-process.ts';
import { wholeNumber } from '../processes/whole-number.ts';

const ACCOUNT = 'account';
const PEOPLE = 40;
const GRANTS = '/api/v1/oauth-grants';
const DAY = 24 * 60 * 60 * 1_000;
/** The longest time before a server is killed, in milliseconds. */
const MAX_PAUSE = 400;
/** The longest wait for a revocation to begin, in milliseconds. */
const MAX_WAIT = 3_000;

const { rounds, seed } = new Command('npm run test:kills --')
  .description(
    'Runs two servers on one store, with writers and revocations, and kills one of them at random.',
  )
  .option('--rounds <number>', 'how often one is killed', wholeNumber, 20)
  .option('--seed <number>', 'where the random numbers begin', wholeNumber, 1)
  .parse()
  .opts();

let state = seed;
/** A whole number below a bound; the same in every run with a seed. */
function below(bound: number): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * bound);
}

const dataDir = await mkdtemp(join(tmpdir(), 'grantkeeper-kills-'));
const mongo = await startEmbeddedMongo({ log: pino({ level: 'warn' }) });
const uri = new URL(mongo.uri);
uri.pathname = '/kills';
const database = await connectDatabase(uri.href);
const { collections } = database;
const model = new GrantModel({ collections, clock: () => new Date() });
const { rows } = model.store;
const env = {
  MONGODB_URI: uri.href,
  DATA_DIR: dataDir,
  RATE_LIMITS: 'off',
  MAX_IN_FLIGHT: '1000',
};
const { sign } = await openOwnIssuer(dataDir, readConfig({}));
const token = await sign({ sub: 'admin', account_id: ACCOUNT, permissions: ['account:admin'] }, 12 * 60 * 60);
const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
const totals = { answered: 0, cut_off: 0, finished: 0 };
try {
  await createIndexes(collections);
  const servers = await Promise.all([startServer(env), startServer(env)]);
  await insert(2_000);
  for (let round = 1; round <= rounds; round += 1) {
    await killOne(servers, round);
    await check(servers, round);
    if (round % 10 === 0) progress(`${round} rounds: ${JSON.stringify(totals)}`);
  }
  await Promise.all(servers.map((server) => server.stop()));
  console.log(
    `${rounds} rounds from seed ${seed}, the read model clean after each: ${JSON.stringify(totals)}`,
  );
} finally {
  await database.close();
  await mongo.stop();
  await rm(dataDir, { recursive: true });
}

/** Keeps everyone busy, meanwhile kills one of the servers, and restarts it. */
async function killOne(servers: ServerProcess[], round: number): Promise<void> {
  const victim = below(2);
  const before = await rows.find({ revoked_at: null }, { projection: { client_id: 1 } }).toArray();
  const revocations = Array.from({ length: 3 }, () => ({
    server: below(2),
    client_id: `client-${below(10)}`,
  }));
  const work = [
    insert(60 + below(200)),
    use(50 + below(100)),
    ...servers.map((server) => ask(server, '?limit=10')),
    ...revocations.map(async ({ server, client_id }) => {
      const isAnswered = await ask(servers[server], '/revoke', { client_id, status: 'all' });
      if (!isAnswered) {
        totals.cut_off += 1;
        return;
      }
      totals.answered += 1;
      const ids = before.filter((row) => row.client_id === client_id).map(({ _id }) => _id);
      const living = await rows.countDocuments({ _id: { $in: ids }, revoked_at: null });
      if (living > 0)
        throw new Error(`round ${round}: ${living} rows outlived a revocation that was answered`);
    }),
  ];
  const done = Promise.all(work);
  // Avoids an unhandled rejection before it is awaited.
  done.catch(() => undefined);
  await (below(2) === 0 ? sleep(below(MAX_PAUSE)) : inRevocation());
  await servers[victim]?.kill();
  await done;
  servers[victim] = await startServer(env);
}

/** Waits until a batch of revocations is under way, and a little longer. */
async function inRevocation(): Promise<void> {
  const end = performance.now() + MAX_WAIT;
  while (performance.now() < end) {
    if ((await model.store.batches.findOne({ finished_at: null })) !== null) break;
  }
  await sleep(below(30));
}

async function expectNoDifference(mistake: string): Promise<void> {
  for await (const difference of differences(model))
    throw new Error(`${mistake}: ${writeDifference(difference)}`);
}

async function check(servers: ServerProcess[], round: number): Promise<void> {
  await expectNoDifference(`round ${round}: the read model differs`);
  totals.finished += await finishRevocations(model, 0);
  if ((await model.grants.countDocuments({ revoking: true })) > 0) {
    throw new Error(`round ${round}: a grant is left under revocation`);
  }
  await expectNoDifference(`round ${round}: finishing made it differ`);
  const lists = await Promise.all(servers.map((server) => list(server)));
  if (lists[0] !== lists[1]) throw new Error(`round ${round}: the servers list other grants`);
}

async function list({ url }: ServerProcess): Promise<string> {
  const answer = await fetch(`${url}${GRANTS}?status=all&limit=1000`, { headers });
  if (!answer.ok) throw new Error(`answered ${answer.status}: ${await answer.text()}`);
  return answer.text();
}

/** Whether a request was answered, by a server that may be killed meanwhile. */
async function ask(server: ServerProcess | undefined, path: string, body?: object): Promise<boolean> {
  const method = body ? 'POST' : 'GET';
  const init = { method, headers, body: body ? JSON.stringify(body) : null };
  const answer = await fetch(`${server?.url}${GRANTS}${path}`, init).catch(() => undefined);
  const text = await answer?.text().catch(() => undefined);
  if (answer && answer.status !== 200) throw new Error(`answered ${answer.status}: ${text}`);
  return text !== undefined;
}

/** Issues tokens as another program would. */
async function insert(count: number): Promise<void> {
  const now = new Date();
  const tokens = Array.from({ length: count }, (): RefreshTokenRow => {
    const grant = below(PEOPLE * 10);
    return {
      _id: `token-${state}-${below(1_000_000)}`,
      consent_id: null,
      client_id: `client-${grant % 10}`,
      user_id: personId(grant % PEOPLE),
      account_id: ACCOUNT,
      project_id: `project-${grant % 3}`,
      resource: 'https://api.example/',
      scope: ['openid', `scope-${grant % 7}`],
      created_at: now,
      last_used_at: null,
      // None expires during the run, which would make results depend on the moment.
      expires_at: below(3) === 0 ? new Date(now.getTime() + (below(2) - 0.5) * DAY) : null,
      revoked_at: null,
      updated_at: now,
    };
  });
  await rows.insertMany(tokens, { ordered: false });
}

/** Uses tokens, and revokes some, as another program would. */
async function use(count: number): Promise<void> {
  const found = await rows.aggregate<{ _id: string }>([{ $sample: { size: count } }]).toArray();
  for (const { _id } of found) {
    const now = new Date();
    const set = { last_used_at: now, updated_at: now, ...(below(5) === 0 ? { revoked_at: now } : {}) };
    await rows.updateOne({ _id }, { $set: set, $unset: { grouped: '' } });
  }
}

function personId(index: number): string {
  return `person-${index}`;
}
