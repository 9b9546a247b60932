import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { medianOf } from './traffic.ts';

/** What was seen of a server while it was under load. */
export interface Watched {
  /** How long each health endpoint took to answer, in milliseconds. */
  health: Record<string, { median: number; longest: number }>;
  /** Health endpoints that did not answer with a 200. */
  failed: string[];
  /** The most memory it had, in MiB. */
  memory: number;
}

const EVERY_MS = 250;
const PATHS = ['/healthz', '/readyz'];

/** Asks for a server's health and memory again and again. Returns what ends that and gives what was seen. */
export function watch(url: string, pid: number): () => Promise<Watched> {
  const ending = new AbortController();
  const times = new Map<string, number[]>(PATHS.map((path) => [path, []]));
  const failed: string[] = [];
  let memory = 0;
  const watching = (async () => {
    while (!ending.signal.aborted) {
      for (const [path, taken] of times) {
        const began = performance.now();
        const { status } = await fetch(`${url}${path}`).catch((error: Error) => ({ status: error.message }));
        taken.push(performance.now() - began);
        if (status !== 200) failed.push(`${path}: ${status}`);
      }
      memory = Math.max(memory, await memoryOf(pid));
      await sleep(EVERY_MS, undefined, { signal: ending.signal }).catch(() => undefined);
    }
  })();
  return async () => {
    ending.abort();
    await watching;
    const health = Object.fromEntries(
      [...times].map(([path, taken]) => [path, { median: medianOf(taken), longest: Math.max(...taken) }]),
    );
    return { health, failed, memory };
  };
}

/** The resident memory of a process, in MiB. */
async function memoryOf(pid: number): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', `${pid}`]);
  return Number(stdout) / 1024;
}
