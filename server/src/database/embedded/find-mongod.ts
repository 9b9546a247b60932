import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { DryMongoBinary, MongoBinary } from 'mongodb-memory-server-core';
import { MongoBinaryDownloadUrl } from 'mongodb-memory-server-core/lib/util/MongoBinaryDownloadUrl.js';
import {
  envToBool,
  ResolveConfigVariables,
  resolveConfig,
} from 'mongodb-memory-server-core/lib/util/resolveConfig.js';
import type { Logger } from 'pino';
import { rememberFailure, worthDownloading } from './download-probe.ts';
import type { MongodCommand } from './engine-command.ts';

/** The oldest major version with every operator that the server uses. */
const OLDEST_MAJOR = 8;

/**
 * The mongod that mongodb-memory-server is configured to use (such as by MONGOMS_SYSTEM_BINARY), if any.
 *
 * @throws if it is missing or does not run
 */
export async function namedMongod(): Promise<MongodCommand | undefined> {
  const { systemBinary } = await DryMongoBinary.generateOptions();
  if (!systemBinary) return undefined;
  const mongod = await describe(systemBinary, 'named by MONGOMS_SYSTEM_BINARY');
  if (!mongod) throw new Error(`MONGOMS_SYSTEM_BINARY: ${systemBinary} does not run as a mongod`);
  return mongod;
}

/** The mongod that mongodb-memory-server downloaded earlier, in the version it would download now. */
export async function cachedMongod(): Promise<MongodCommand | undefined> {
  const path = await DryMongoBinary.locateBinary(await DryMongoBinary.generateOptions());
  return path === undefined ? undefined : describe(path, 'from the cache');
}

/** The first mongod on the PATH, if it runs and is new enough. */
export async function mongodOnPath(log: Pick<Logger, 'warn'>): Promise<MongodCommand | undefined> {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const path = folders.map((folder) => join(folder, 'mongod')).find((file) => existsSync(file));
  if (path === undefined) return undefined;
  const mongod = await describe(path, `from the PATH (${path})`);
  if (mongod && Number.parseInt(mongod.version, 10) >= OLDEST_MAJOR) return mongod;
  log.warn(
    `passing over ${path}: ${mongod?.version ?? 'it does not run'}, and MongoDB ${OLDEST_MAJOR} is needed`,
  );
  return undefined;
}

/**
 * Downloads a mongod as mongodb-memory-server does, with all of its settings; undefined if that is switched off or the
 * download fails. A failure costs seconds, once a day.
 */
export async function downloadedMongod(
  log: Pick<Logger, 'info' | 'warn'>,
): Promise<MongodCommand | undefined> {
  if (!envToBool(resolveConfig(ResolveConfigVariables.RUNTIME_DOWNLOAD))) return undefined;
  let url = '';
  try {
    const options = await DryMongoBinary.generateOptions();
    url = await new MongoBinaryDownloadUrl(options).getDownloadUrl();
    if (!(await worthDownloading(url))) return undefined;
    log.info(`downloading mongod ${options.version}, once`);
    return await describe(await MongoBinary.getPath(options), 'downloaded');
  } catch (error) {
    log.warn(`mongod could not be downloaded: ${error instanceof Error ? error.message : error}`);
    await rememberFailure(url);
    return undefined;
  }
}

/** Asks a mongod for its version, which also shows whether it runs here at all. */
async function describe(path: string, origin: string): Promise<MongodCommand | undefined> {
  try {
    const { stdout } = await promisify(execFile)(path, ['--version'], { timeout: 10_000 });
    const version = /^db version v(\d+\.\d+\.\d+)/m.exec(stdout)?.[1];
    if (version === undefined) return undefined;
    return { path, kind: 'mongod', version, text: `mongod ${version} ${origin}`, env: process.env };
  } catch {
    return undefined;
  }
}
