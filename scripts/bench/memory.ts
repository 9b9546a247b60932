import { totalmem } from 'node:os';
import { connectDatabase } from '../../server/src/database/connect.ts';

/** Raises the embedded engine's small cache to the default of a mongod: half of the memory beyond 1 GB. */
export async function giveMemory(uri: string): Promise<void> {
  const gigabytes = Math.max(1, Math.floor((totalmem() / 2 ** 30 - 1) / 2));
  const { collections, close } = await connectDatabase(uri);
  await collections.users.db
    .getClient()
    .db('admin')
    .command({ setParameter: 1, wiredTigerEngineRuntimeConfig: `cache_size=${gigabytes}GB` });
  await close();
}
