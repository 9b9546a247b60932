/**
 * `npm run seed`: fills the database that MONGODB_URI names with the demo, if it is empty. The embedded database needs
 * no such command, because `npm start` seeds it.
 */
import { readConfig } from '../server/src/config.ts';
import type { Collections } from '../server/src/database/collections.ts';
import { connectNamed } from '../server/src/database/connecting.ts';
import { seedIfEmpty } from '../server/src/demo/seed.ts';

async function seed(): Promise<string> {
  if (process.env.NODE_ENV === 'production') throw new Error('the demo is not for production (NODE_ENV)');
  const { mongodbUri } = readConfig({ MONGODB_URI: process.env.MONGODB_URI });
  if (mongodbUri === undefined) {
    throw new Error('MONGODB_URI is not set; npm start seeds its embedded database itself');
  }
  const database = await connectNamed(mongodbUri);
  try {
    const seeded = await seedIfEmpty(database.collections, new Date());
    const outcome = seeded ? 'now holds the demo' : 'is not empty and stays as it is';
    return `${database.name} ${outcome}: ${await countRows(database.collections)}`;
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

try {
  console.log(await seed());
} catch (error) {
  console.error(`seed: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
