import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from '@commander-js/extra-typings';
import { ROOT } from '../processes/server-process.ts';
import { advisoriesIn, advisoryFaults } from './advisories.ts';
import { ADVISORY_EXCEPTIONS, LICENSE_EXCEPTIONS } from './exceptions.ts';
import { licenseFaults } from './licenses.ts';

/*
 * `npm run licenses` checks the licenses of all dependencies, by the lockfile, offline. `npm run advisories` asks the
 * registry for known advisories about them. Both exit with 1 and name what is wrong; exceptions.ts has what may be.
 */

const program = new Command('dependencies');
program.command('licenses').action(async () => {
  const { packages } = JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8'));
  conclude('every license is allowed', licenseFaults(packages, LICENSE_EXCEPTIONS));
});
program.command('advisories').action(async () => {
  const today = new Date().toISOString().slice(0, 10);
  const advisories = advisoriesIn(JSON.parse(await audit()));
  conclude(
    'every known advisory has an exception, or there is none',
    advisoryFaults(advisories, ADVISORY_EXCEPTIONS, today),
  );
});

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

/** What `npm audit` prints; it exits with 1 if there is any advisory. */
function audit(): Promise<string> {
  return new Promise((resolve) => {
    execFile('npm', ['audit', '--json'], { cwd: ROOT, maxBuffer: 2 ** 26 }, (_error, stdout) =>
      resolve(stdout),
    );
  });
}

function conclude(otherwise: string, faults: string[]): void {
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exitCode = 1;
  else console.log(otherwise);
}
