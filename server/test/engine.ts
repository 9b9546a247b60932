import { randomBytes } from 'node:crypto';
import { mongo } from 'mongoose';
import { pino } from 'pino';
import type { TestProject } from 'vitest/node';
import { startEmbeddedMongo } from '../src/database/embedded/start.ts';

declare module 'vitest' {
  interface ProvidedContext {
    mongoUri: string;
    /** Part of the name of each database of this run. */
    run: string;
  }
}

/**
 * One database engine for the whole run, the embedded one unless TEST_MONGODB_URI names another; every test file has a
 * database of its own in it (`own-database.ts`). A given one is left as it was found.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const run = randomBytes(4).toString('hex');
  project.provide('run', run);
  const given = process.env.TEST_MONGODB_URI;
  if (given) {
    project.provide('mongoUri', given);
    return () => dropDatabases(given, run);
  }
  const embedded = await startEmbeddedMongo({ log: pino({ level: 'warn' }) });
  project.provide('mongoUri', embedded.uri);
  return () => embedded.stop();
}

async function dropDatabases(uri: string, run: string): Promise<void> {
  const client = await mongo.MongoClient.connect(uri);
  try {
    const { databases } = await client.db('admin').admin().listDatabases({ nameOnly: true });
    const ours = databases.filter(({ name }) => name.includes(`-${run}-`));
    for (const { name } of ours) await client.db(name).dropDatabase();
  } finally {
    await client.close();
  }
}
