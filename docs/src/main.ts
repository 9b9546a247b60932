import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from './root.ts';
import { BUILT, buildPortal } from './site/build.ts';

/*
 * Builds the documentation that the server has at /docs/. Before `npm start` it does so only where its sources are
 * newer: `--if-stale`.
 */

const SOURCES = [
  'package-lock.json',
  'CHANGELOG.md',
  'openapi/bundled',
  'sdk/api.md',
  'sdk/README.md',
  'sdk/CHANGELOG.md',
  'sdk/LICENSE',
  'server/src/docs',
  'docs',
];
const OURS = new Set(['dist', '.cache', 'node_modules', 'test', 'tsconfig.tsbuildinfo']);

/** When anything in a file or a folder was last written. */
function lastWritten(path: string): number {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  const names = readdirSync(path).filter((name) => !OURS.has(name));
  return Math.max(0, ...names.map((name) => lastWritten(join(path, name))));
}

function isFresh(): boolean {
  const built = join(BUILT, 'index.html');
  if (!existsSync(built)) return false;
  return statSync(built).mtimeMs > Math.max(...SOURCES.map((path) => lastWritten(join(ROOT, path))));
}

const { values } = parseArgs({ options: { 'if-stale': { type: 'boolean', default: false } } });
if (!values['if-stale'] || !isFresh()) {
  const start = Date.now();
  await buildPortal();
  process.stderr.write(`docs: built in ${((Date.now() - start) / 1000).toFixed(1)} s\n`);
}
