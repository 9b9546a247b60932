import { parseArgs } from 'node:util';
import { GrantModel } from '../server/src/grants/read-model/model.ts';
import { purge } from '../server/src/grants/read-model/purge.ts';
import { readArguments, readDuration } from './arguments.ts';
import { databaseOfEnvironment, withDatabase } from './database.ts';

const usage = 'npm run purge -- --older-than 90d [--dry-run]';
const help = `Deletes the refresh tokens that expired or were revoked longer ago than an age.

  ${usage}

  --older-than AGE      a whole number of days, hours or minutes: 90d, 36h, 30m
  --dry-run             only counts them

Grants without any token left are gone from all lists. Servers may run meanwhile, and it may be stopped at any time and
run again. It works on the database that MONGODB_URI names, else on the embedded one of the server that runs with the
same DATA_DIR, and reads no other variable.`;

function readOptions() {
  const { values } = parseArgs({
    options: {
      'older-than': { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const age = values['older-than'];
  if (age === undefined) throw new Error('--older-than is missing: say how old is old enough');
  // Given before the `--`, npm takes the option and passes it on as a variable.
  const dryRun = values['dry-run'] || process.env.npm_config_dry_run === 'true';
  return { age: readDuration('--older-than', age, ['d', 'h', 'm']), dryRun };
}

/** Returns the line that says how many rows were deleted. */
function purgeRows({ age, dryRun }: { age: number; dryRun: boolean }): Promise<string> {
  return withDatabase(databaseOfEnvironment(), async ({ collections, name }) => {
    const clock = () => new Date();
    const before = new Date(clock().getTime() - age);
    console.error(`looking for what expired or was revoked before ${before.toISOString()}`);
    const model = new GrantModel({ collections, clock });
    const count = await purge(model, { before, dryRun, onProgress: onceASecond() });
    return `${name}: ${count} refresh tokens ${dryRun ? 'would be' : 'were'} deleted`;
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

try {
  const options = readArguments(usage, readOptions);
  console.log(options ? await purgeRows(options) : help);
} catch (error) {
  console.error(`purge: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
