import type { Command } from '@commander-js/extra-typings';
import { createIndexes } from '../database/collections.ts';
import { withNamedDatabase } from './database.ts';

export function addIndexes(program: Command): void {
  program
    .command('indexes')
    .description('Creates missing indexes in the database that MONGODB_URI names.')
    .addHelpText('after', '\nFor servers that run with AUTO_INDEX=false. It reads no other variable.')
    .action(index);
}

function index(): Promise<void> {
  return withNamedDatabase('creates the indexes of its embedded database', async ({ collections, name }) => {
    await createIndexes(collections);
    console.log(`${name} has every declared index`);
  });
}
