import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { connectDatabase, type Database } from './connect.ts';

export interface OpenOptions {
  /** The server or cluster to use; undefined for an embedded MongoDB. */
  uri: string | undefined;
  /** Where an embedded MongoDB keeps its data. */
  dataDir: string;
  log: Logger;
}

/** A connected store that may have come with a MongoDB of its own. */
export interface OpenedDatabase extends Database {
  embedded: boolean;
}

/**
 * Opens the store: the database that a URI names or, without one, an embedded MongoDB that lives as long as the
 * store stays open. Says in one log line which it is. The embedded one is loaded only when it is needed: production
 * installs do without it.
 */
export async function openDatabase({ uri, dataDir, log }: OpenOptions): Promise<OpenedDatabase> {
  if (uri !== undefined) {
    const database = await connectDatabase(uri);
    log.info({ database: database.name }, 'using the MongoDB that MONGODB_URI names');
    return { ...database, embedded: false };
  }
  const { startEmbeddedMongo } = await import('./embedded/start.ts');
  const mongo = await startEmbeddedMongo({ dataDir: join(dataDir, 'mongodb'), log });
  const embeddedUri = new URL('grantkeeper', mongo.uri).href;
  const database = await connectDatabase(embeddedUri);
  await writeFile(uriFile(dataDir), embeddedUri);
  log.info({ engine: mongo.engine }, 'using an embedded MongoDB');
  const close = async () => {
    await rm(uriFile(dataDir), { force: true });
    await database.close();
    await mongo.stop();
  };
  return { ...database, embedded: true, close };
}

/**
 * Where the embedded MongoDB of a running server is reached, for commands that work beside that server; undefined when
 * none runs. A server that was killed leaves a URI where nobody answers.
 */
export async function findEmbeddedUri(dataDir: string): Promise<string | undefined> {
  try {
    return await readFile(uriFile(dataDir), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function uriFile(dataDir: string): string {
  return join(dataDir, 'mongodb.uri');
}
