import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from './server-process.ts';

/*
 * Builds the example pages that the server has at /app/, on the SDK as it is packed. Before `npm start` it does so only
 * where their sources are newer: `--if-stale`.
 */

const EXAMPLE = join(ROOT, 'sdk/example');
const BUILT = join(EXAMPLE, 'dist/index.html');

const SOURCES = [
  'package-lock.json',
  'sdk/package.json',
  'sdk/src',
  'sdk/example/.env',
  'sdk/example/index.html',
  'sdk/example/vite.config.ts',
  'sdk/example/connected-apps',
  'sdk/example/grants',
  'sdk/example/public',
  'sdk/example/src',
];

/** When anything in a file or a folder was last written. */
function lastWritten(path: string): number {
  const { mtimeMs } = statSync(path);
  if (!statSync(path).isDirectory()) return mtimeMs;
  return Math.max(mtimeMs, ...readdirSync(path).map((name) => lastWritten(join(path, name))));
}

function isFresh(): boolean {
  // Pages that were built for another server are of no use to this one.
  if (!existsSync(BUILT) || !readFileSync(BUILT, 'utf8').includes('content="/"')) return false;
  return lastWritten(BUILT) > Math.max(...SOURCES.map((path) => lastWritten(join(ROOT, path))));
}

function run(command: string, cwd: string, ...args: string[]): void {
  execFileSync(join(ROOT, 'node_modules/.bin', command), args, { cwd, stdio: ['ignore', 2, 2] });
}

const { values } = parseArgs({ options: { 'if-stale': { type: 'boolean', default: false } } });
if (!values['if-stale'] || !isFresh()) {
  const start = Date.now();
  run('tsc', ROOT, '--build', 'sdk');
  run('vite', EXAMPLE, 'build', '--logLevel', 'error');
  console.error(`pages: built in ${((Date.now() - start) / 1000).toFixed(1)} s`);
}
