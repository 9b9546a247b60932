import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
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

/** Builds, and says how long it took; told `--if-stale`, only where a source is newer than what was built. */
export async function runBuilding(building: Building): Promise<void> {
  const { values } = parseArgs({ options: { 'if-stale': { type: 'boolean', default: false } } });
  if (values['if-stale'] && isFresh(building)) return;
  const start = Date.now();
  await building.build();
  console.error(`${building.name}: built in ${((Date.now() - start) / 1000).toFixed(1)} s`);
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
