import type { Command } from '@commander-js/extra-typings';
import type { Collections } from '../database/collections.ts';
import { withNamedDatabase } from './database.ts';

export function addSeed(program: Command): void {
  program
    .command('seed')
    .description('Fills the database that MONGODB_URI names with the demo, if it is empty.')
    .addHelpText('after', '\nA start seeds its embedded database itself.')
    .action(seed);
}

async function seed(): Promise<void> {
  if (process.env.NODE_ENV === 'production') throw new Error('the demo is not for production (NODE_ENV)');
  const { seedIfEmpty } = await import('../demo/seed.ts');
  await withNamedDatabase('seeds its embedded database', async ({ collections, name }) => {
    const seeded = await seedIfEmpty(collections, new Date());
    const outcome = seeded ? 'now holds the demo' : 'is not empty and stays as it is';
    console.log(`${name} ${outcome}: ${await countRows(collections)}`);
  });
}

async function countRows(collections: Collections): Promise<string> {
  const counts = Object.values(collections).map(
    async ({ collection }) => `${await collection.countDocuments()} ${collection.name}`,
  );
  return (await Promise.all(counts)).join(', ');
}
