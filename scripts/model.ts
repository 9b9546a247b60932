import { parseArgs } from 'node:util';
import { differences, writeDifference } from '../server/src/grants/read-model/check.ts';
import { IS_SHOWN } from '../server/src/grants/read-model/document.ts';
import { GrantModel } from '../server/src/grants/read-model/model.ts';
import { rebuild } from '../server/src/grants/read-model/rebuild.ts';
import { readArguments } from './arguments.ts';
import { databaseOfEnvironment, withDatabase } from './database.ts';

const usage = 'npm run model -- check|rebuild';
const help = `Looks after the read model: the collection of grants that lists are read from.

  ${usage}

  check                 compares it with the refresh tokens, and prints every difference as one line of JSON; exits
                        with 1 where there is any. It may tell of what is just being written
  rebuild               makes it anew from the refresh tokens

Servers may run meanwhile. It works on the database that MONGODB_URI names, else on the embedded one of the server that
runs with the same DATA_DIR, and reads no other variable.`;

/** Each returns one line about its outcome, except for a check that has printed differences. */
const COMMANDS = { check, rebuild: rebuildAll };

async function check(model: GrantModel): Promise<string | undefined> {
  let count = 0;
  for await (const difference of differences(model)) {
    console.log(writeDifference(difference));
    count += 1;
  }
  if (count === 0) return `all ${await countGrants(model)} grants are what their refresh tokens say`;
  console.error(`${count} grants differ from their refresh tokens: npm run model -- rebuild`);
  process.exitCode = 1;
  return undefined;
}

async function rebuildAll(model: GrantModel): Promise<string> {
  console.error('rebuilding the read model');
  const start = performance.now();
  await rebuild(model);
  const seconds = ((performance.now() - start) / 1_000).toFixed(1);
  return `${await countGrants(model)} grants rebuilt in ${seconds} s`;
}

function countGrants({ grants }: GrantModel): Promise<number> {
  return grants.countDocuments(IS_SHOWN);
}

function readCommand() {
  const options = { help: { type: 'boolean', short: 'h' } } as const;
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  if (values.help) return undefined;
  const [command = '', ...others] = positionals;
  if (!isCommand(command) || others.length > 0) throw new Error('say either check or rebuild');
  return COMMANDS[command];
}

function isCommand(text: string): text is keyof typeof COMMANDS {
  return Object.hasOwn(COMMANDS, text);
}

function run(command: (model: GrantModel) => Promise<string | undefined>): Promise<string | undefined> {
  return withDatabase(databaseOfEnvironment(), async ({ collections, name }) => {
    const outcome = await command(new GrantModel({ collections, clock: () => new Date() }));
    return outcome && `${name}: ${outcome}`;
  });
}

try {
  const command = readArguments(usage, readCommand);
  const line = command ? await run(command) : help;
  if (line !== undefined) console.log(line);
} catch (error) {
  console.error(`model: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
