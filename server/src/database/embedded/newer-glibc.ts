import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Logger } from 'pino';
import { cacheFolder } from './cache-folder.ts';

const run = promisify(execFile);
const RELEASE = 'trixie';
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
/** How long one apt or dpkg command may take, in milliseconds. */
const COMMAND_TIMEOUT = 60_000;

/**
 * The folder with Debian 13's C library and its loader, for a host whose own is too old for the engine. Fetched once
 * with the host's own apt, as any user, from the host's own mirror; apt checks it against Debian's signing keys. Then
 * kept in the cache folder.
 *
 * @throws if this is not Debian, its mirror cannot be reached, or the cache folder cannot be written
 */
export async function newerGlibc(log: Pick<Logger, 'info'>): Promise<string> {
  const folder = join(cacheFolder(), `glibc-${RELEASE}-${process.arch}`);
  if (existsSync(folder)) return folder;

  log.info("this host's C library is too old for the embedded MongoDB: fetching Debian 13's libc6, once");
  await mkdir(cacheFolder(), { recursive: true });
  const work = await mkdtemp(join(cacheFolder(), 'fetch-'));
  try {
    const fetched = await fetchFromAnyMirror(work);
    await rename(fetched, folder).catch((error: unknown) => {
      // Another start may have been faster; what it fetched is as good as ours.
      if (!existsSync(folder)) throw error;
    });
    return folder;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function fetchFromAnyMirror(work: string): Promise<string> {
  let refusal: unknown = new Error('apt names no mirror of this Debian release');
  for (const mirror of await debianMirrors()) {
    try {
      return await fetchLibc(mirror, await mkdtemp(join(work, 'apt-')));
    } catch (error) {
      refusal = error;
    }
  }
  throw refusal;
}

/**
 * The mirrors of this host's own Debian release. Read from what apt would fetch, not from `apt-get indextargets`, which
 * knows nothing before the first `apt-get update`, as in a fresh container.
 */
async function debianMirrors(): Promise<string[]> {
  const release = /^VERSION_CODENAME=(\S+)$/m.exec(await readFile('/etc/os-release', 'utf8'))?.[1];
  const { stdout } = await run('apt-get', ['--print-uris', 'update'], { timeout: COMMAND_TIMEOUT });
  return [...stdout.matchAll(/^'(\S+)\/dists\/([^/]+)\/InRelease'/gm)].flatMap(([, mirror, dist]) =>
    mirror !== undefined && dist === release ? [mirror] : [],
  );
}

/** Downloads and unpacks libc6 below `work`, with its own lists and sources; returns its library folder. */
async function fetchLibc(mirror: string, work: string): Promise<string> {
  const sources = join(work, 'sources.list');
  await writeFile(sources, `deb [signed-by=${KEYRING}] ${mirror} ${RELEASE} main\n`);
  const settings = [
    `Dir::State=${work}`,
    `Dir::Cache=${work}`,
    `Dir::Etc::SourceList=${sources}`,
    'Dir::Etc::SourceParts=/dev/null',
    'Acquire::Languages=none',
    'Acquire::http::Timeout=10',
    // Otherwise an unreachable mirror is not an error.
    'APT::Update::Error-Mode=any',
    // As root, apt would fetch as a user of its own, who may not enter our folder.
    'APT::Sandbox::User=root',
  ].flatMap((setting) => ['-o', setting]);
  const apt = (...command: string[]) =>
    run('apt-get', [...settings, ...command], { cwd: work, timeout: COMMAND_TIMEOUT }).catch(
      (cause: Error) => {
        // Keep only the line that says what went wrong, of a long command line and all its output.
        throw new Error(/^E: .*$/m.exec(cause.message)?.[0] ?? cause.message, { cause });
      },
    );

  await apt('update');
  await apt('download', `libc6/${RELEASE}`);
  const archive = (await readdir(work)).find((name) => name.endsWith('.deb'));
  if (archive === undefined) throw new Error(`apt downloaded no libc6 for ${RELEASE}`);
  await run('dpkg', ['-x', archive, 'unpacked'], { cwd: work, timeout: COMMAND_TIMEOUT });
  const triplet = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
  return join(work, 'unpacked/usr/lib', triplet);
}
