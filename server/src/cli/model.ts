import type { Command } from '@commander-js/extra-typings';
import { differences, writeDifference } from '../grants/read-model/check.ts';
import { GrantModel } from '../grants/read-model/model.ts';
import { rebuild } from '../grants/read-model/rebuild.ts';
import { IS_SHOWN } from '../grants/read-model/stored-grant.ts';
import { ANY_DATABASE, databaseOfEnvironment, withDatabase } from './database.ts';

export function addModel(program: Command): void {
  const model = program
    .command('model')
    .description('Checks or rebuilds the read model: the collection of grants that lists are read from.')
    .addHelpText('after', `\nServers may keep running.${ANY_DATABASE}`);
  model
    .command('check')
    .description(
      'Compares the read model with the refresh tokens and prints each difference as a line of JSON.',
    )
    .addHelpText(
      'after',
      '\nExits with 1 if there is any. It may report rows that are being written at that moment.',
    )
    .action(() => withModel(check));
  model
    .command('rebuild')
    .description('Rebuilds it from the refresh tokens.')
    .action(() => withModel(rebuildAll));
}

function withModel(work: (model: GrantModel, database: string) => Promise<void>): Promise<void> {
  return withDatabase(databaseOfEnvironment(), ({ collections, name }) =>
    work(new GrantModel({ collections, clock: () => new Date() }), name),
  );
}

async function check(model: GrantModel, database: string): Promise<void> {
  let count = 0;
  for await (const difference of differences(model)) {
    console.log(writeDifference(difference));
    count += 1;
  }
  if (count > 0)
    throw new Error(`${count} grants differ from their refresh tokens: run grantkeeper model rebuild`);
  console.log(`${database}: all ${await countGrants(model)} grants are what their refresh tokens say`);
}

async function rebuildAll(model: GrantModel, database: string): Promise<void> {
  console.error('rebuilding the read model');
  const start = performance.now();
  await rebuild(model);
  const seconds = ((performance.now() - start) / 1_000).toFixed(1);
  console.log(`${database}: ${await countGrants(model)} grants rebuilt in ${seconds} s`);
}

function countGrants({ grants }: GrantModel): Promise<number> {
  return grants.countDocuments(IS_SHOWN);
}
