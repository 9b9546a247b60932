import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../processes/server-process.ts';
import { runBuilding } from './if-stale.ts';

/*
 * Builds the example pages that the server has at /app/, on the packed SDK. Before `npm start`, only if their sources
 * are newer: `--if-stale`.
 */

const EXAMPLE = join(ROOT, 'sdk/example');
const BUILT = join(EXAMPLE, 'dist/grants/index.html');

/** Builds what people get, also where tests ask for it: Vite would take their `NODE_ENV` and build for developers. */
function run(command: string, cwd: string, ...args: string[]): void {
  const env = { ...process.env, NODE_ENV: 'production' };
  execFileSync(join(ROOT, 'node_modules/.bin', command), args, { cwd, env, stdio: ['ignore', 2, 2] });
}

function isForThisServer(page: string): boolean {
  return ['/', '/demo-idp', 'demo_pages'].every((one) => page.includes(`content="${one}"`));
}

await runBuilding({
  name: 'pages',
  output: BUILT,
  sources: [
    'package-lock.json',
    'sdk/package.json',
    'sdk/src',
    'sdk/example/.env',
    'sdk/example/index.html',
    'sdk/example/vite.config.ts',
    'sdk/example/audit',
    'sdk/example/connected-apps',
    'sdk/example/grants',
    'sdk/example/public',
    'sdk/example/src',
  ],
  // Pages built for another server are of no use to this one.
  isUsable: () => isForThisServer(readFileSync(BUILT, 'utf8')),
  build: () => {
    run('tsc', ROOT, '--build', 'sdk');
    run('vite', EXAMPLE, 'build', '--logLevel', 'error');
  },
});
