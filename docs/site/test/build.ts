import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ROOT } from '../root.ts';

/** Builds the portal, where it is not built from these sources. */
export default async function setup(): Promise<void> {
  await promisify(execFile)('npm', ['run', '--silent', 'docs', '--', '--if-stale'], { cwd: ROOT });
}
