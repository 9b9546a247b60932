import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MongoInstance } from 'mongodb-memory-server-core';
import type { Logger } from 'pino';
import { roomFault, useDatabaseFolder } from '../data-folder.ts';
import { embeddedMongod, type MongodCommand } from './engine-command.ts';
import { cachedMongod, downloadedMongod, mongodOnPath, namedMongod } from './find-mongod.ts';

type Log = Pick<Logger, 'info' | 'warn'>;

/** How long an engine may take to open its data, including repairs after a crash, in milliseconds. */
const LAUNCH_TIMEOUT = 60_000;
/** How long to wait for a killed server's engine to release the data, in milliseconds. */
const LOCK_TIMEOUT = 8_000;
const LOCK_RETRY = 200;

/** A running MongoDB of our own. */
export interface EmbeddedMongo {
  /** Where it listens, without a database name. */
  uri: string;
  /** Which engine it is, for the log. */
  engine: string;
  /** Stops it, and deletes temporary data. */
  stop(): Promise<void>;
}

/**
 * Starts a MongoDB for trying out, developing and testing: a mongod that mongodb-memory-server is configured to use,
 * has cached, finds on the PATH or downloads, else the embedded engine.
 *
 * Data lives in a folder below `dataDir`, one per kind of engine, because none reads another's; without a `dataDir` it
 * is deleted at the end. The engine that wrote there last is used again if available.
 *
 * @throws one error that says what to do, if no engine can run or another process uses the data
 */
export async function startEmbeddedMongo(options: {
  dataDir?: string | undefined;
  log: Log;
}): Promise<EmbeddedMongo> {
  const { dataDir, log } = options;
  const last = dataDir === undefined ? undefined : await lastFolder(dataDir);
  const mongod = await chooseMongod(last, log);
  const folder = folderOf(mongod);
  if (last !== undefined && last !== folder) {
    log.warn(`the data in ${last} stay there, unused: they cannot be read by the ${mongod.text}`);
  }
  const dbPath = dataDir === undefined ? await mkdtemp(join(tmpdir(), 'mongo-')) : join(dataDir, folder);
  await useDatabaseFolder(dbPath);
  if ((await readdir(dbPath)).length === 0) await requireRoom(dbPath);
  const instance = await launch(mongod, dbPath, log);
  return {
    uri: `mongodb://127.0.0.1:${instance.instanceOpts.port}/`,
    engine: mongod.text,
    async stop() {
      await instance.stop();
      if (dataDir === undefined) await rm(dbPath, { recursive: true, force: true });
    },
  };
}

/** The first start builds every index, for which MongoDB requires room; later starts need less. */
async function requireRoom(dbPath: string): Promise<void> {
  const fault = await roomFault(dbPath);
  if (fault) throw fault;
}

/** `embedded-9.0`, `mongod-8.2`: an engine's data folder, shared only by its patch releases. */
function folderOf({ kind, version }: MongodCommand): string {
  return `${kind}-${version.split('.').slice(0, 2).join('.')}`;
}

/** The folder in `dataDir` that an engine wrote to last; undefined if none did. */
async function lastFolder(dataDir: string): Promise<string | undefined> {
  let last: { name: string; at: number } | undefined;
  for (const name of await readdir(dataDir).catch(() => [])) {
    // WiredTiger rewrites this file at every checkpoint.
    const turtle = await stat(join(dataDir, name, 'WiredTiger.turtle')).catch(() => undefined);
    if (turtle && turtle.mtimeMs > (last?.at ?? 0)) last = { name, at: turtle.mtimeMs };
  }
  return last?.name;
}

/** The engine that wrote `folder` if available, else the first of the chain. A configured one takes precedence. */
async function chooseMongod(folder: string | undefined, log: Log): Promise<MongodCommand> {
  const named = await namedMongod();
  if (named) return named;
  if (folder?.startsWith('embedded-')) return embeddedMongod(log);

  let other: MongodCommand | undefined;
  for (const find of [cachedMongod, mongodOnPath, downloadedMongod]) {
    const mongod = await find(log);
    if (mongod && (folder === undefined || folderOf(mongod) === folder)) return mongod;
    other ??= mongod;
  }
  return other ?? embeddedMongod(log);
}

/**
 * Runs it, and waits a little if a killed server's engine has not released the data yet. Uses MongoInstance rather than
 * MongoMemoryServer around it, which writes each failed attempt to the console.
 */
async function launch(mongod: MongodCommand, dbPath: string, log: Log): Promise<MongoInstance> {
  const deadline = Date.now() + LOCK_TIMEOUT;
  for (let attempt = 1; ; attempt++) {
    try {
      return await MongoInstance.create({
        instance: {
          ip: '127.0.0.1',
          port: await freePort(),
          dbPath,
          storageEngine: 'wiredTiger',
          launchTimeout: LAUNCH_TIMEOUT,
        },
        binary: { systemBinary: mongod.path, version: mongod.version },
        // Detached, so that Ctrl-C reaches only the server, which then stops its database last.
        spawn: { env: mongod.env, detached: true },
      });
    } catch (cause) {
      if (!/DBPathInUse|already in use/.test(String(cause))) throw await launchFault(cause, dbPath);
      if (Date.now() > deadline) {
        throw new Error(
          `DATA_DIR: the data in ${dbPath} are in use: is another server running on them? Stop it, or set DATA_DIR ` +
            'to another folder.',
          { cause },
        );
      }
      if (attempt === 1) log.info(`waiting for another process to let go of ${dbPath}`);
      await sleep(LOCK_RETRY);
    }
  }
}

/** The error to show if a database did not open its data. */
async function launchFault(cause: unknown, dbPath: string): Promise<Error> {
  const reason = cause instanceof Error ? cause.message.trim() : String(cause);
  const fault = await roomFault(dbPath, cause);
  return (
    fault ??
    new Error(
      `DATA_DIR: the embedded MongoDB cannot open its data in ${dbPath} (${reason}). Move that folder away to begin ` +
        'anew, or set MONGODB_URI.',
      { cause },
    )
  );
}

/** A TCP port that is free at the moment. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no TCP port to be had');
  return address.port;
}
