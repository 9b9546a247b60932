import { type Connection, type ConnectOptions, createConnection, mongo } from 'mongoose';
import { bindCollections, type Collections } from './collections.ts';

/** The connected store. */
export interface Database {
  collections: Collections;
  /** The name of the database inside the server or cluster, for the log. */
  name: string;
  /** Asks the database for a sign of life; rejects when there is none within 2 seconds. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** The longest that one read may take on the database, in milliseconds. */
export const READ_LIMIT_MS = 60_000;

/** The same for one statement that writes: what it has not reached is done when the request is repeated. */
export const WRITE_LIMIT = { maxTimeMS: 30_000 } as const;

/**
 * Connects to the database a URI names. Every write is acknowledged only when a majority has journaled it: what
 * we said is revoked stays revoked. Commands do not wait in memory for a database that is away: they fail within
 * seconds, so that callers get an honest 503.
 *
 * @param options of the driver, on top of ours
 */
export async function connectDatabase(uri: string, options: ConnectOptions = {}): Promise<Database> {
  const connection = await createConnection(uri, {
    ...options,
    appName: 'grantkeeper',
    autoCreate: false,
    autoIndex: false,
    bufferCommands: false,
    serverSelectionTimeoutMS: 5_000,
    // 64-bit integers as bigint: hashes must not lose digits.
    useBigInt64: true,
    // One that JavaScript does not know, in a row that somebody else wrote, must not throw.
    bsonRegExp: true,
    // Each by itself: what a URI says would overrule a write concern as a whole.
    w: 'majority',
    journal: true,
    readPreference: 'primary',
  }).asPromise();
  return {
    collections: bindCollections(connection),
    name: connection.name,
    ping: () => ping(connection),
    close: () => connection.close(),
  };
}

const PING_LIMIT_MS = 2_000;

async function ping(connection: Connection): Promise<void> {
  if (!connection.db) throw new mongo.MongoNotConnectedError('not connected to the database');
  // The driver would first wait for a server to choose from, longer than a health check has time for.
  const tooLate = new mongo.MongoOperationTimeoutError('the database does not answer');
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(tooLate), PING_LIMIT_MS);
  });
  await Promise.race([connection.db.command({ ping: 1 }), late]).finally(() => clearTimeout(timer));
}
