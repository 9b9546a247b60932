import { mongo } from 'mongoose';
import { connectDatabase, type Database } from './connect.ts';

/** The oldest major version with every operator that the server uses. */
export const OLDEST_MAJOR = 8;

const WRONG_PASSWORD = new Set<unknown>([18, 8000]);
const NOT_ALLOWED = 13;

/**
 * Connects to the database that MONGODB_URI names, and checks that it is new enough.
 *
 * @throws one error that names MONGODB_URI and says what to do; it contains no password
 */
export async function connectNamed(uri: string): Promise<Database> {
  const database = await connectDatabase(uri).catch((cause: unknown) => {
    const fault = databaseFault(cause, uri);
    // Anything else is thrown before the driver connects: it does not understand the URI.
    throw fault === cause && !(cause instanceof mongo.MongoServerError) ? notUnderstood(cause, uri) : fault;
  });
  try {
    await requireVersion(database);
    return database;
  } catch (error) {
    await database.close();
    throw databaseFault(error, uri);
  }
}

async function requireVersion({ collections }: Database): Promise<void> {
  const { version } = await collections.users.db.getClient().db('admin').command({ buildInfo: 1 });
  if (Number.parseInt(version, 10) >= OLDEST_MAJOR) return;
  throw new Error(
    `MONGODB_URI: it leads to MongoDB ${version}; Grantkeeper needs ${OLDEST_MAJOR}.0 or newer.`,
  );
}

/** The error to show when a database rejected us or could not be reached; any other cause is returned as it is. */
export function databaseFault(cause: unknown, uri: string): unknown {
  if (!(cause instanceof Error)) return cause;
  const hosts = hostsOf(uri);
  const reason = reasonOf(cause, uri);
  const say = (text: string) => new Error(`MONGODB_URI: ${text}`, { cause });
  if (cause instanceof mongo.MongoServerError) {
    if (WRONG_PASSWORD.has(cause.code)) {
      return say(
        `${hosts} does not take the user or the password (${reason}). Where the user was made in another database, ` +
          'name it: ?authSource=admin.',
      );
    }
    if (cause.code === NOT_ALLOWED) {
      return say(
        `the user may not do what the server needs (${reason}). Give it the role readWrite on that database.`,
      );
    }
    return cause;
  }
  // Mongoose has its own error for failed server selection.
  if (/ServerSelectionError$/.test(cause.name)) {
    return say(
      `no MongoDB to write to answers at ${hosts} (${reason}). Is it running, and may this machine reach it?`,
    );
  }
  if ('syscall' in cause && /^query(Srv|Txt)$/.test(String(cause.syscall))) {
    return say(`no MongoDB is published under the name ${hosts} (${reason}). Is the name right?`);
  }
  return cause;
}

function notUnderstood(cause: unknown, uri: string): Error {
  const text = `it cannot be used (${reasonOf(cause, uri)}). It must be a URI such as mongodb://127.0.0.1:27017/grantkeeper`;
  return new Error(`MONGODB_URI: ${text}`, { cause });
}

/** An error's message, without its full stop and the password. */
function reasonOf(cause: unknown, uri: string): string {
  const [, password = ''] = /^[^:]*:\/\/[^:/?]*:(.*)@/.exec(uri) ?? [];
  const message = (cause instanceof Error ? cause.message : String(cause)).replace(/\.$/, '');
  return password === '' ? message : message.replaceAll(password, '…');
}

/** The hosts of a URI, without anything secret. */
function hostsOf(uri: string): string {
  const [, hosts = uri] = /^mongodb(?:\+srv)?:\/\/(?:.*@)?([^/?]*)/.exec(uri) ?? [];
  return hosts;
}
