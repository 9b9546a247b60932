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
  if (/ServerSelectionError$/.test(cause.name)) return say(unreachable(hosts, reason, codeOf(cause)));
  if ('syscall' in cause && 'path' in cause) {
    return say(`a file that it names cannot be read (${reason}). Check its path, and who may read it.`);
  }
  if ('syscall' in cause && /^query(Srv|Txt)$/.test(String(cause.syscall))) {
    return say(`no MongoDB is published under the name ${hosts} (${reason}). Is the name right?`);
  }
  return cause;
}

/** @param code of Node's error: from OpenSSL, the name of its own error; from a socket, one such as ECONNREFUSED */
function unreachable(hosts: string, reason: string, code: string): string {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `the certificate of ${hosts} is for another name (${reason}). Use a name that it is for.`;
  }
  if (/^ERR_O?SSL_/.test(code)) {
    return (
      `no TLS connection to ${hosts} (${reason}). If it asks for a certificate, name a file with the certificate and ` +
      'its key: tlsCertificateKeyFile=/path/to/client.pem.'
    );
  }
  if (code.includes('_')) {
    return (
      `the certificate of ${hosts} is not accepted (${reason}). If your own CA signed it, name that: ` +
      'tlsCAFile=/path/to/ca.pem.'
    );
  }
  return (
    `no MongoDB to write to answers at ${hosts} (${reason}). Is it running, may this machine reach it, and do both ` +
    'use TLS (tls=true), or neither?'
  );
}

/** The code of what failed in the end. Between it and Mongoose's error is what the driver knows of all servers. */
function codeOf({ cause: servers }: Error): string {
  const failure = servers instanceof Object && 'error' in servers ? servers.error : undefined;
  const last = failure instanceof Error ? failure.cause : undefined;
  return last instanceof Error && 'code' in last ? String(last.code) : '';
}

function notUnderstood(cause: unknown, uri: string): Error {
  const text = `it cannot be used (${reasonOf(cause, uri)}). It must be a URI such as mongodb://127.0.0.1:27017/grantkeeper`;
  return new Error(`MONGODB_URI: ${text}`, { cause });
}

/** An error's message on one line, without its full stop and the password. */
function reasonOf(cause: unknown, uri: string): string {
  const [, password = ''] = /^[^:]*:\/\/[^:/?]*:(.*)@/.exec(uri) ?? [];
  const message = (cause instanceof Error ? cause.message : String(cause)).trim().replace(/[.:]?$/, '');
  return password === '' ? message : message.replaceAll(password, '…');
}

/** The hosts of a URI, without anything secret. */
function hostsOf(uri: string): string {
  const [, hosts = uri] = /^mongodb(?:\+srv)?:\/\/(?:.*@)?([^/?]*)/.exec(uri) ?? [];
  return hosts;
}
