import type { Command } from '@commander-js/extra-typings';
import { readConfig } from '../config.ts';
import type { Collections } from '../database/collections.ts';
import { connectNamed } from '../database/connecting.ts';

export function addSeed(program: Command): void {
  program
    .command('seed')
    .description('Fills the database that MONGODB_URI names with the demo, if it is empty.')
    .addHelpText('after', '\nA start seeds its embedded database itself.')
    .action(seed);
}

async function seed(): Promise<void> {
  if (process.env.NODE_ENV === 'production') throw new Error('the demo is not for production (NODE_ENV)');
  const { mongodbUri } = readConfig({ MONGODB_URI: process.env.MONGODB_URI });
  if (mongodbUri === undefined) {
    throw new Error('MONGODB_URI is not set; a start seeds its embedded database itself');
  }
  const { seedIfEmpty } = await import('../demo/seed.ts');
  const database = await connectNamed(mongodbUri);
  try {
    const seeded = await seedIfEmpty(database.collections, new Date());
    const outcome = seeded ? 'now holds the demo' : 'is not empty and stays as it is';
    console.log(`${database.name} ${outcome}: ${await countRows(database.collections)}`);
  } finally {
    await database.close();
  }
}

async function countRows(collections: Collections): Promise<string> {
  const counts = Object.values(collections).map(
    async ({ collection }) => `${await collection.countDocuments()} ${collection.name}`,
  );
  return (await Promise.all(counts)).join(', ');
}
