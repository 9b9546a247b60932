import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { connectDatabase, type Database } from './connect.ts';
import { connectNamed } from './connecting.ts';
import { folderFault } from './data-folder.ts';

export interface OpenOptions {
  /** The server or cluster to use; undefined for an embedded MongoDB. */
  uri: string | undefined;
  /** Where an embedded MongoDB keeps its data. */
  dataDir: string;
  log: Logger;
}

/** A connected store, perhaps with an embedded MongoDB of its own. */
export interface OpenedDatabase extends Database {
  embedded: boolean;
}

/**
 * Opens the store: the database that a URI names or, without one, an embedded MongoDB that lives as long as the store
 * is open. Logs which one in one line. The embedded one is loaded only if needed, because production installs lack it.
 *
 * @throws one error that names the variable that is wrong and says what to do
 */
export async function openDatabase({ uri, dataDir, log }: OpenOptions): Promise<OpenedDatabase> {
  if (uri !== undefined) {
    const database = await connectNamed(uri);
    log.info({ database: database.name }, 'using the MongoDB that MONGODB_URI names');
    return { ...database, embedded: false };
  }
  const startEmbeddedMongo = await loadEmbedded();
  const mongo = await startEmbeddedMongo({ dataDir: join(dataDir, 'mongodb'), log });
  const embeddedUri = new URL('grantkeeper', mongo.uri).href;
  const database = await connectDatabase(embeddedUri);
  await writeFile(uriFile(dataDir), embeddedUri).catch(async (error: unknown) => {
    throw await folderFault(error, dataDir);
  });
  log.info({ engine: mongo.engine }, 'using an embedded MongoDB');
  const close = async () => {
    await rm(uriFile(dataDir), { force: true });
    await database.close();
    await mongo.stop();
  };
  return { ...database, embedded: true, close };
}

/** The embedded MongoDB consists of development dependencies, which a production install leaves out. */
async function loadEmbedded(): Promise<typeof import('./embedded/start.ts').startEmbeddedMongo> {
  try {
    return (await import('./embedded/start.ts')).startEmbeddedMongo;
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND')) throw cause;
    throw new Error(NOT_INSTALLED, { cause });
  }
}

const NOT_INSTALLED =
  'MONGODB_URI is not set, and the embedded MongoDB is not part of this installation: it comes with the development ' +
  'dependencies. Set MONGODB_URI to a MongoDB 8 or newer, or run npm install without --omit=dev.';

/**
 * The URI of a running server's embedded MongoDB, for commands that work beside that server; undefined if none runs. A
 * killed server leaves a URI where nothing answers.
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
