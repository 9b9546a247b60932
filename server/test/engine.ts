import { pino } from 'pino';
import type { TestProject } from 'vitest/node';
import { startEmbeddedMongo } from '../src/database/embedded/start.ts';

declare module 'vitest' {
  interface ProvidedContext {
    mongoUri: string;
  }
}

/** One database engine for the whole run; every test file has a database of its own in it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const mongo = await startEmbeddedMongo({ log: pino({ level: 'warn' }) });
  project.provide('mongoUri', mongo.uri);
  return () => mongo.stop();
}
