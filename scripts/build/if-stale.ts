import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../processes/server-process.ts';

export interface Building {
  name: string;
  /** A file that exists once everything is built. */
  output: string;
  /** The files and folders that it is built from, relative to the repository's root. */
  sources: string[];
  /** Whether an existing build suits this server; without this, it always does. */
  isUsable?(): boolean;
  build(): void | Promise<void>;
}

/**
 * Builds, and reports how long it took; with `--if-stale`, only if a source is newer than the build. A start does not
 * depend on it: if this machine cannot build, as in a read-only checkout, it says so and continues.
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

/** Checks that a folder can be written or created. */
function checkWritable(folder: string): void {
  if (existsSync(folder)) accessSync(folder, constants.W_OK);
  else checkWritable(dirname(folder));
}

/** Why nothing can be built here, whatever the sources are; undefined for an error in the sources. */
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

/** When anything in a file or folder was last written or removed. */
function lastWritten(path: string): number {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => lastWritten(join(path, name))));
}
