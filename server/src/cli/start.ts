import type { Command } from '@commander-js/extra-typings';
import { readConfig } from '../config.ts';

/** Adds `start`, which is also what the program does without a command. */
export function addStart(program: Command): void {
  program
    .command('start', { isDefault: true })
    .description('Runs the server until it is told to stop by SIGTERM or SIGINT.')
    .option('--fresh', 'empties the embedded MongoDB first')
    .allowExcessArguments()
    .action(async ({ fresh = false }, command) => {
      // A mistyped command ends up here, because this is the default.
      const [unknown] = command.args;
      if (unknown !== undefined) command.error(`error: unknown command '${unknown}': see grantkeeper --help`);
      const config = readConfig(process.env);
      const { start } = await import('../start.ts');
      await start(config, { fresh });
    });
}
