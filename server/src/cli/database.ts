import { readConfig } from '../config.ts';
import { connectDatabase, type Database } from '../database/connect.ts';
import { connectNamed } from '../database/connecting.ts';
import { findEmbeddedUri } from '../database/open.ts';
import { GrantModel } from '../grants/read-model/model.ts';

/** Which database a command works on. */
export interface Where {
  /** The one that MONGODB_URI names; without it, the embedded one of the server that runs with `dataDir`. */
  mongodbUri: string | undefined;
  dataDir: string;
}

/** For the help of commands that run beside a server. */
export const ANY_DATABASE = `

Works on the database that MONGODB_URI names, or else on the embedded one of the server that runs with the same
DATA_DIR.`;

/** The database that the environment names; no other variable is read. */
export function databaseOfEnvironment(): Where {
  const { MONGODB_URI, DATA_DIR } = process.env;
  return readConfig({ MONGODB_URI, DATA_DIR });
}

/** The read model for commands that write audit events, which are kept as long as AUDIT_RETENTION_DAYS says. */
export function recordingModel({ collections }: Database): GrantModel {
  const { AUDIT_RETENTION_DAYS } = process.env;
  const { auditDays } = readConfig({ AUDIT_RETENTION_DAYS });
  return new GrantModel({ collections, clock: () => new Date(), auditDays });
}

/**
 * Connects to a database, runs work with it, and closes it.
 *
 * @throws one error that says what to do, if there is no database
 */
export async function withDatabase<Result>(
  { mongodbUri, dataDir }: Where,
  work: (database: Database) => Promise<Result>,
): Promise<Result> {
  const uri = mongodbUri ?? (await findEmbeddedUri(dataDir));
  if (uri === undefined) {
    throw new Error(`no server runs on ${dataDir}: start one first, or set MONGODB_URI`);
  }
  const database = await connectDatabase(uri).catch((cause: Error) => {
    throw new Error(`the database does not answer (${cause.message}): start the server first`, { cause });
  });
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

/**
 * The same with the database that MONGODB_URI names, for commands that the embedded one has no need of. No other variable
 * is read.
 *
 * @param otherwise what a start does with its embedded database
 */
export async function withNamedDatabase(
  otherwise: string,
  work: (database: Database) => Promise<void>,
): Promise<void> {
  const { mongodbUri } = readConfig({ MONGODB_URI: process.env.MONGODB_URI });
  if (mongodbUri === undefined) throw new Error(`MONGODB_URI is not set; a start ${otherwise} itself`);
  const database = await connectNamed(mongodbUri);
  try {
    await work(database);
  } finally {
    await database.close();
  }
}
