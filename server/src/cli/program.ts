import { Command, CommanderError } from '@commander-js/extra-typings';
import { VERSION } from '../version.ts';
import { addDoctor } from './doctor.ts';
import { addFeedback } from './feedback.ts';
import { addIndexes } from './indexes.ts';
import { addModel } from './model.ts';
import { addMongod } from './mongod.ts';
import { addPurge } from './purge.ts';
import { addRevoke } from './revoke.ts';
import { addSeed } from './seed.ts';
import { addStart } from './start.ts';
import { addToken } from './token.ts';
import { addWebhooks } from './webhooks.ts';

/*
 * The command `grantkeeper`. It exits with 0 on success, otherwise with 1 and a message on standard error. The HTTP server
 * and the demo are loaded only by the commands that need them.
 */

const program = new Command('grantkeeper')
  .description(
    'Runs and looks after a Grantkeeper server: the API that lets people see and revoke what they allowed.',
  )
  .version(VERSION)
  .exitOverride()
  .configureOutput({ outputError: (text, write) => write(errorLine(text)) })
  .addHelpText(
    'after',
    '\nWithout a command, starts the server. Environment variables configure it: see docs/guides/production.md.',
  );

/** Commander's error on one line, suggestion included. */
function errorLine(text: string): string {
  return text.replace(/^error: /, 'grantkeeper: ').replace('\n(', ' (');
}

for (const add of [
  addStart,
  addToken,
  addSeed,
  addMongod,
  addIndexes,
  addPurge,
  addRevoke,
  addModel,
  addWebhooks,
  addDoctor,
  addFeedback,
]) {
  add(program);
}

try {
  await program.parseAsync();
} catch (error) {
  // Commander has printed its own errors, and also ends a call for help by throwing.
  if (!(error instanceof CommanderError)) {
    process.stderr.write(`grantkeeper: ${error instanceof Error ? error.message : error}\n`);
  }
  process.exit(error instanceof CommanderError ? error.exitCode : 1);
}
