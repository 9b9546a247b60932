import type { Command } from '@commander-js/extra-typings';
import { recordedPurge } from '../grants/audit/purge.ts';
import { ANY_DATABASE, databaseOfEnvironment, recordingModel, withDatabase } from './database.ts';
import { readDuration } from './duration.ts';

export function addPurge(program: Command): void {
  program
    .command('purge')
    .description('Deletes refresh tokens that expired or were revoked longer ago than the given age.')
    .requiredOption(
      '--older-than <age>',
      'days, hours or minutes: 90d, 36h, 30m',
      readDuration(['d', 'h', 'm']),
    )
    .option('--dry-run', 'only counts them')
    .addHelpText(
      'after',
      `
Grants that have no token left disappear from all lists. Servers may keep running; you may stop it at any time and run
it again.${ANY_DATABASE}`,
    )
    .action(async ({ olderThan, dryRun = false }) => {
      // Given before the `--`, npm takes the option and passes it on as a variable.
      await purgeRows(olderThan, dryRun || process.env.npm_config_dry_run === 'true');
    });
}

/** @param age in milliseconds */
function purgeRows(age: number, dryRun: boolean): Promise<void> {
  return withDatabase(databaseOfEnvironment(), async (database) => {
    const model = recordingModel(database);
    const before = new Date(model.clock().getTime() - age);
    console.error(`looking for what expired or was revoked before ${before.toISOString()}`);
    const count = await recordedPurge(model, { before, dryRun, onProgress: onceASecond() });
    console.log(`${database.name}: ${count} refresh tokens ${dryRun ? 'would be' : 'were'} deleted`);
  });
}

/** Reports progress, at most once a second. */
function onceASecond(): (rows: number) => void {
  let last = Date.now();
  return (rows) => {
    if (Date.now() - last < 1_000) return;
    last = Date.now();
    console.error(`${rows} refresh tokens so far`);
  };
}
