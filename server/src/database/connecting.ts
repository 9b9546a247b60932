import { mongo } from 'mongoose';
import { connectDatabase, type Database } from './connect.ts';

/** The oldest major version that has every operator the server uses. */
export const OLDEST_MAJOR = 8;

const WRONG_PASSWORD = new Set<unknown>([18, 8000]);
const NOT_ALLOWED = 13;

/**
 * Connects to the database that MONGODB_URI names, and checks that it is new enough.
 *
 * @throws one error that names MONGODB_URI and says what to do. It has no password in it
 */
export async function connectNamed(uri: string): Promise<Database> {
  const database = await connectDatabase(uri).catch((cause: unknown) => {
    const fault = databaseFault(cause, uri);
    // What is left is thrown before anybody is asked: the driver does not understand the URI.
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

/** The error to show for one that a database answered, or that kept us from reaching it; any other is given back. */
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
  // Mongoose has an error of its own for a server that none was selected.
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

/** What an error says, without its full stop, and without the password. */
function reasonOf(cause: unknown, uri: string): string {
  const [, password = ''] = /^[^:]*:\/\/[^:/?]*:(.*)@/.exec(uri) ?? [];
  const message = (cause instanceof Error ? cause.message : String(cause)).replace(/\.$/, '');
  return password === '' ? message : message.replaceAll(password, '…');
}

/** The hosts of a URI, and nothing secret of it. */
function hostsOf(uri: string): string {
  const [, hosts = uri] = /^mongodb(?:\+srv)?:\/\/(?:.*@)?([^/?]*)/.exec(uri) ?? [];
  return hosts;
}
