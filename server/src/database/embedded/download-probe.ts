import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from './cache-folder.ts';

/** How long the server may take to answer, in milliseconds. */
const PROBE_TIMEOUT = 3_000;
/** How long a failure is remembered, in milliseconds. */
const MEMORY = 24 * 60 * 60 * 1_000;
const PROXIES = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'];

const memoryFile = () => join(cacheFolder(), 'download-failed');

/**
 * Whether a download of `url` is worth trying: it did not fail within the last day, and its server answers a probe
 * within 3 s. A failed probe is remembered, so that only one start a day waits for it. Behind a proxy, which Node's
 * fetch does not support, nothing is probed, and only the download itself can tell.
 */
export async function worthDownloading(url: string): Promise<boolean> {
  if (await failedToday(url)) return false;
  if (PROXIES.some((name) => process.env[name])) return true;
  const answered = await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(PROBE_TIMEOUT) }).then(
    (response) => response.ok,
    () => false,
  );
  if (!answered) await rememberFailure(url);
  return answered;
}

/** Records that downloading `url` failed. An unwritable cache folder loses the record, but does not stop the start. */
export async function rememberFailure(url: string): Promise<void> {
  try {
    await mkdir(cacheFolder(), { recursive: true });
    await writeFile(memoryFile(), url);
  } catch {
    // The next start probes again.
  }
}

async function failedToday(url: string): Promise<boolean> {
  try {
    const { mtimeMs } = await stat(memoryFile());
    return Date.now() - mtimeMs < MEMORY && (await readFile(memoryFile(), 'utf8')) === url;
  } catch {
    return false;
  }
}
