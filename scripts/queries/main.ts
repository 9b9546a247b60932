import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from '@commander-js/extra-typings';
import { pino } from 'pino';
import { readConfig } from '../../server/src/config.ts';
import { createIndexes } from '../../server/src/database/collections.ts';
import { connectDatabase } from '../../server/src/database/connect.ts';
import { startEmbeddedMongo } from '../../server/src/database/embedded/start.ts';
import { storeOf } from '../../server/src/grants/rows/store.ts';
import { openOwnIssuer } from '../../server/src/http/own-issuer.ts';
import { giveMemory } from '../bench/memory.ts';
import { progress } from '../bench/timing.ts';
import { startServer, untilReady } from '../processes/server-process.ts';
import { wholeNumber } from '../processes/whole-number.ts';
import { askEverything } from './asking.ts';
import { fill } from './rows.ts';

const { times, rows } = new Command('npm run test:queries --')
  .description(
    'Sends the service every query it is made for, about one account with many grants, over HTTP: every filter alone ' +
      'and in pairs, with every status and sort order; then the other documents, the commands that maintain the read ' +
      'model, and bulk revocations by every filter. Names what failed, and exits with 1 if anything did.',
  )
  .option('--times <number>', 'passes: the database may choose another plan in each', wholeNumber, 7)
  .option('--rows <number>', 'refresh tokens of the account, five for each grant', wholeNumber, 300_000)
  .addHelpText('after', '\nMONGODB_URI names a MongoDB to use; the rows go into a separate database there.')
  .parse()
  .opts();
const DATABASE = `queries-${process.pid}`;

const { MONGODB_URI } = process.env;
const dataDir = await mkdtemp(join(tmpdir(), 'grantkeeper-queries-'));
const mongo = MONGODB_URI
  ? { uri: MONGODB_URI, stop: async () => {} }
  : await startEmbeddedMongo({ log: pino({ level: 'warn' }) });
if (!MONGODB_URI) await giveMemory(mongo.uri);
const uri = new URL(mongo.uri);
uri.pathname = `/${DATABASE}`;
const database = await connectDatabase(uri.href);
try {
  progress(`writing ${rows} rows`);
  await fill(storeOf(database.collections), rows, new Date());
  await createIndexes(database.collections);
  progress('building the read model');
  const env = { MONGODB_URI: uri.href, DATA_DIR: dataDir, RATE_LIMITS: 'off', MAX_IN_FLIGHT: '1000' };
  const { sign } = await openOwnIssuer(dataDir, readConfig({}));
  const failures = await withServer(env, (url) => askEverything({ url, env, sign, times }));
  for (const [failure, count] of failures) console.error(`${count} × ${failure}`);
  if (failures.size > 0) process.exitCode = 1;
  progress(failures.size > 0 ? 'failed' : 'done: everything was answered');
} finally {
  await database.collections.users.db.dropDatabase();
  await database.close();
  await mongo.stop();
  await rm(dataDir, { recursive: true });
}

async function withServer<Result>(
  env: NodeJS.ProcessEnv,
  work: (url: string) => Promise<Result>,
): Promise<Result> {
  const server = await startServer(env);
  try {
    await untilReady(server);
    return await work(server.url);
  } finally {
    await server.stop();
  }
}
