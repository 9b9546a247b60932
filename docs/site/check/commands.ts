import { execFile } from 'node:child_process';
import { saying } from '../../../server/src/docs/addresses.ts';
import { ROOT } from '../root.ts';

/*
 * The commands in Markdown. What follows `sh` says how they are checked: nothing, they succeed; `refused`, the server
 * answers with an error; `by-hand`, they are not run, for they start servers or want what a test does not have.
 */
const BLOCK = /^```sh(?: (refused|by-hand))?\n(.*?)^```$/gms;

const PROLOGUE = `set -eu -o pipefail
curl() { command curl --fail-with-body --silent --show-error "$@"; }
`;

/** What curl exits with when the server answers with an error. */
const REFUSED = 22;

/** The commands of a page as one script of bash, each block in the shell of those before it; undefined: none to run. */
export function scriptOf(markdown: string, server: string): string | undefined {
  const blocks = [...markdown.matchAll(BLOCK)].filter(([, how]) => how !== 'by-hand');
  if (blocks.length === 0) return undefined;
  const lines = blocks.map(([, how, commands = '']) =>
    how === 'refused'
      ? `if (\n${commands}); then echo 'it was not refused' >&2; exit 1; else [ $? -eq ${REFUSED} ]; fi\n`
      : commands,
  );
  return PROLOGUE + saying(lines.join('\n'), server);
}

/**
 * Runs a script from the repository's root.
 *
 * @throws Error with what it printed, where it does not end well
 */
export function runScript(script: string, env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(
      'bash',
      ['-c', script],
      { cwd: ROOT, env: { ...process.env, ...env } },
      (error, stdout, stderr) => {
        if (error) reject(new Error(`${stderr}${stdout.slice(-2000)}`, { cause: error }));
        else resolve();
      },
    );
  });
}
