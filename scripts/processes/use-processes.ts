import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { OwnProcess } from './server-process.ts';

/** A folder for the processes of one test file; it is deleted, and whatever still runs is ended, at the end. */
export async function useProcesses(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'grantkeeper-test-'));
  afterAll(async () => {
    await Promise.all([...OwnProcess.living].map((process) => process.stop()));
    // The engine of a server that was killed needs a moment to end, and writes until then.
    await rm(folder, { recursive: true, maxRetries: 20, retryDelay: 50 });
  });
  return folder;
}
