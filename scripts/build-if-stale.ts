import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from './server-process.ts';

export interface Building {
  name: string;
  /** A file that is there once all is built. */
  output: string;
  /** The files and folders that it is built from, from the repository's root. */
  sources: string[];
  /** Whether what is there is good for this server; without it, it always is. */
  isUsable?(): boolean;
  build(): void | Promise<void>;
}

/**
 * Builds, and says how long it took; told `--if-stale`, only where a source is newer than what was built. A start needs
 * none of it: where it cannot be built on this machine, such as in a checkout that can only be read, it says so and goes on.
 */
export async function runBuilding(building: Building): Promise<void> {
  const { values } = parseArgs({ options: { 'if-stale': { type: 'boolean', default: false } } });
  if (values['if-stale'] && isFresh(building)) return;
  const start = Date.now();
  try {
    checkWritable(dirname(building.output));
    await building.build();
  } catch (error) {
    const reason = whyImpossible(error);
    if (!values['if-stale'] || reason === undefined) throw error;
    console.error(`${building.name}: not built, for ${reason}; the server has what is there`);
    return;
  }
  console.error(`${building.name}: built in ${((Date.now() - start) / 1000).toFixed(1)} s`);
}

/** Checks that a folder can be written, or be made. */
function checkWritable(folder: string): void {
  if (existsSync(folder)) accessSync(folder, constants.W_OK);
  else checkWritable(dirname(folder));
}

/** Why nothing can be built here whatever the sources are; undefined for an error of what is built. */
function whyImpossible(error: unknown): string | undefined {
  const { code, syscall }: NodeJS.ErrnoException = error instanceof Error ? error : new Error();
  const isNotInstalled =
    (code === 'ENOENT' && syscall?.startsWith('spawn')) || code === 'ERR_MODULE_NOT_FOUND';
  if (isNotInstalled) return 'the development dependencies are not installed';
  if (code === 'EROFS' || code === 'EACCES' || code === 'EPERM') return 'its folder cannot be written';
  return undefined;
}

function isFresh({ output, sources, isUsable = () => true }: Building): boolean {
  if (!existsSync(output) || !isUsable()) return false;
  return statSync(output).mtimeMs > Math.max(...sources.map((path) => lastWritten(join(ROOT, path))));
}

/** When anything in a file or a folder was last written, or taken out of it. */
function lastWritten(path: string): number {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => lastWritten(join(path, name))));
}
