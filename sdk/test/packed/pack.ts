import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import { isAll } from '../../../server/test/effort.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The packed SDK. */
    tarball: string;
    /** What is in it, as paths in the package. */
    packedFiles: string[];
  }
}

const SDK = fileURLToPath(new URL('../..', import.meta.url));

/** Packs the SDK once for the whole run, as publishing does. Only slow files need it. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (!isAll) return;
  const folder = await mkdtemp(join(tmpdir(), 'grantkeeper-sdk-'));
  const pack = ['pack', '--json', '--silent', '--pack-destination', folder];
  const { stdout } = await promisify(execFile)('npm', pack, { cwd: SDK });
  const [{ filename, files }] = JSON.parse(stdout);
  project.provide('tarball', join(folder, filename));
  project.provide(
    'packedFiles',
    files.map(({ path }: { path: string }) => path),
  );
  return () => rm(folder, { recursive: true });
}
