/**
 * `npm run indexes`: creates the declared indexes in the database that MONGODB_URI names, for deployments that run the
 * server with AUTO_INDEX=false. Reads no other variable, so that a separate job can run it.
 */
import { readConfig } from '../server/src/config.ts';
import { createIndexes } from '../server/src/database/collections.ts';
import { connectNamed } from '../server/src/database/connecting.ts';

async function index(): Promise<string> {
  const { mongodbUri } = readConfig({ MONGODB_URI: process.env.MONGODB_URI });
  if (mongodbUri === undefined) {
    throw new Error('MONGODB_URI is not set; npm start creates the indexes of its embedded database itself');
  }
  const database = await connectNamed(mongodbUri);
  try {
    await createIndexes(database.collections);
    return `${database.name} has every declared index`;
  } finally {
    await database.close();
  }
}

try {
  console.log(await index());
} catch (error) {
  console.error(`indexes: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
