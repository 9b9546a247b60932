import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ROOT } from '../../../scripts/processes/server-process.ts';

/** Builds the pages, where they are not built from these sources. */
export default async function setup(): Promise<void> {
  await promisify(execFile)('npm', ['run', '--silent', 'pages', '--', '--if-stale'], { cwd: ROOT });
}
