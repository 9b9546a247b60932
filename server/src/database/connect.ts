import { type Connection, type ConnectOptions, createConnection, mongo } from 'mongoose';
import { inTime } from '../in-time.ts';
import { bindCollections, type Collections } from './collections.ts';

/** The connected store. */
export interface Database {
  collections: Collections;
  /** The name of the database within the server or cluster, for the log. */
  name: string;
  /** Pings the database; rejects if it does not respond within 2 seconds. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** The longest that one read may take in the database, in milliseconds. */
export const READ_LIMIT_MS = 60_000;

/** The limit for one write statement; repeating the request does what it left undone. */
export const WRITE_LIMIT = { maxTimeMS: 30_000 } as const;

/**
 * Connects to the database that a URI names. A write is acknowledged only once a majority has journaled it, so what we
 * reported as revoked stays revoked. Commands do not queue in memory while the database is away: they fail within
 * seconds, so that callers get an honest 503.
 *
 * @param options of the driver, where ours say nothing
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
    // A regular expression that JavaScript cannot parse, in another program's row, must not throw.
    bsonRegExp: true,
    // Set one by one: a URI would override a write concern as a whole.
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
  // The driver would first wait to select a server, longer than a health check has time for.
  const tooLate = () => new mongo.MongoOperationTimeoutError('the database does not answer');
  await inTime(connection.db.command({ ping: 1 }), PING_LIMIT_MS, tooLate);
}
