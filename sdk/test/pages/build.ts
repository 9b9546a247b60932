import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ROOT } from '../../../scripts/processes/server-process.ts';
import { isAll } from '../../../server/test/effort.ts';

/** Builds the pages, where they are not built from these sources. Only slow files need them. */
export default async function setup(): Promise<void> {
  if (!isAll) return;
  await promisify(execFile)('npm', ['run', '--silent', 'pages', '--', '--if-stale'], { cwd: ROOT });
}
