import type { Command } from '@commander-js/extra-typings';
import { readConfig } from '../config.ts';
import { createIndexes } from '../database/collections.ts';
import { connectNamed } from '../database/connecting.ts';

export function addIndexes(program: Command): void {
  program
    .command('indexes')
    .description('Creates missing indexes in the database that MONGODB_URI names.')
    .addHelpText('after', '\nFor servers that run with AUTO_INDEX=false. It reads no other variable.')
    .action(index);
}

async function index(): Promise<void> {
  const { mongodbUri } = readConfig({ MONGODB_URI: process.env.MONGODB_URI });
  if (mongodbUri === undefined) {
    throw new Error('MONGODB_URI is not set; a start creates the indexes of its embedded database itself');
  }
  const database = await connectNamed(mongodbUri);
  try {
    await createIndexes(database.collections);
    console.log(`${database.name} has every declared index`);
  } finally {
    await database.close();
  }
}
