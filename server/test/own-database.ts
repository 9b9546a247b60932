import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';

/**
 * The URI of a database that nobody else has, on the engine of the tests: their own, or the one that TEST_MONGODB_URI
 * names.
 *
 * @param kind how its name begins
 */
export function ownDatabase(kind = 'test'): string {
  return databaseIn(inject('mongoUri'), `${kind}-${inject('run')}-${randomUUID()}`);
}

/** The URI of another database on the same hosts, with the same options. Several hosts are no URL. */
export function databaseIn(uri: string, name: string): string {
  const [, hosts, options = ''] = /^(mongodb(?:\+srv)?:\/\/[^/?]+)[^?]*(\?.*)?$/.exec(uri) ?? [];
  if (hosts === undefined)
    throw new Error('TEST_MONGODB_URI must be a URI such as mongodb://127.0.0.1:27017');
  return `${hosts}/${name}${options}`;
}
