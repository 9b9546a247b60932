/**
 * Fills the database that MONGODB_URI names with the demo, when it is empty: `npm run seed`. The embedded database
 * needs no such command, for `npm start` seeds it.
 */
import { readConfig } from '../server/src/config.ts';
import type { Collections } from '../server/src/database/collections.ts';
import { connectDatabase } from '../server/src/database/connect.ts';
import { seedIfEmpty } from '../server/src/demo/seed.ts';

async function seed(): Promise<string> {
  if (process.env.NODE_ENV === 'production') throw new Error('the demo is not for production (NODE_ENV)');
  const { mongodbUri } = readConfig({ MONGODB_URI: process.env.MONGODB_URI });
  if (mongodbUri === undefined) {
    throw new Error('MONGODB_URI is not set; npm start seeds its embedded database itself');
  }
  const database = await connectDatabase(mongodbUri);
  try {
    const before = await countRows(database.collections);
    // Stricter than seedIfEmpty, which takes rows without users for a demo that was cut off, and deletes them.
    if (before.some(([, rows]) => rows > 0)) {
      return `${database.name} is not empty and stays as it is: ${inWords(before)}`;
    }
    await seedIfEmpty(database.collections, new Date());
    return `${database.name} now holds the demo: ${inWords(await countRows(database.collections))}`;
  } finally {
    await database.close();
  }
}

type RowCount = [collection: string, rows: number];

function countRows(collections: Collections): Promise<RowCount[]> {
  return Promise.all(
    Object.values(collections).map(
      async (model): Promise<RowCount> => [model.collection.name, await model.countDocuments()],
    ),
  );
}

function inWords(counts: RowCount[]): string {
  return counts.map(([collection, rows]) => `${rows} ${collection}`).join(', ');
}

try {
  console.log(await seed());
} catch (error) {
  console.error(`seed: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
