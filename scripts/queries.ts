/**
 * `npm run test:queries`: sends the service every query it is made for, about one account with 300,000 refresh tokens
 * in 60,000 grants, over HTTP, on the embedded MongoDB: every filter alone and in pairs, with every status and every
 * sort order, seven times each, because the database may choose another plan each time; then the other documents, the
 * commands that maintain the read model, and bulk revocations by every filter. If anything failed, names it and exits
 * with 1.
 *
 * `-- --times 1` makes one pass, `--rows 30000` uses a smaller account. MONGODB_URI names another MongoDB: the rows
 * then go into a separate database there.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { readConfig } from '../server/src/config.ts';
import { createIndexes } from '../server/src/database/collections.ts';
import { connectDatabase } from '../server/src/database/connect.ts';
import { startEmbeddedMongo } from '../server/src/database/embedded/start.ts';
import { openOwnIssuer } from '../server/src/http/own-issuer.ts';
import { giveMemory } from './bench/memory.ts';
import { progress } from './bench/timing.ts';
import { askEverything } from './queries/asking.ts';
import { fill } from './queries/rows.ts';
import { startServer, untilReady } from './server-process.ts';

const { values } = parseArgs({
  options: { times: { type: 'string', default: '7' }, rows: { type: 'string', default: '300000' } },
});
const [times, rows] = [Number(values.times), Number(values.rows)];
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
  await fill(database.collections, rows, new Date());
  await createIndexes(database.collections);
  progress('building the read model');
  const env = { MONGODB_URI: uri.href, DATA_DIR: dataDir };
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
