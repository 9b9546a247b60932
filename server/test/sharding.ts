import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../../scripts/processes/server-process.ts';

const SCRIPT = join(ROOT, 'server/src/database/sharding.mongosh.js');

/**
 * Shards the store of a test as the guide on scaling out says, by its script in `mongosh`, if TEST_SHARDED is set:
 * TEST_MONGODB_URI is that of a mongos then.
 */
export async function shardStore(uri: string): Promise<void> {
  if (!process.env.TEST_SHARDED) return;
  await promisify(execFile)('mongosh', [uri, '--quiet', SCRIPT]);
}
