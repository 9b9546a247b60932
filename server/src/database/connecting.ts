import { mongo } from 'mongoose';
import { connectDatabase, type Database } from './connect.ts';
import { partsOf } from './connection-string.ts';

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
        partsOf(uri).options.get('authmechanism') === 'MONGODB-X509'
          ? `${hosts} does not take the certificate as a user (${reason}). Create its subject in the database $external.`
          : `${hosts} does not take the user or the password (${reason}). Where the user was made in another database, ` +
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
  if (/ServerSelectionError$/.test(cause.name)) return say(unreachable(cause, uri));
  if ('syscall' in cause && /^query(Srv|Txt)$/.test(String(cause.syscall))) {
    return say(`no MongoDB is published under the name ${hosts} (${reason}). Is the name right?`);
  }
  if ('syscall' in cause) {
    return say(`a file that it names cannot be read (${reason}). Check its path, and who may read it.`);
  }
  return cause;
}

/** How TLS fails: the code of Node's error, what that means, and what to do. */
const TLS_FAULTS: [code: RegExp, fault: string, advice: string][] = [
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    'the certificate of HOSTS is for another name',
    "Use a name that it is for, in the URI and in the replica set's configuration.",
  ],
  [
    /^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/,
    'the certificate of HOSTS is not valid now',
    "Renew it, or set this machine's clock.",
  ],
  [
    /^ERR_OSSL_/,
    'a certificate or a key that it names cannot be used',
    'tlsCAFile and tlsCertificateKeyFile must be PEM files, the second with a certificate and its key.',
  ],
  // A wrong version is what something that does not speak TLS seems to have.
  [
    /^ERR_SSL_(?!WRONG_VERSION|PACKET_LENGTH)/,
    'no TLS connection to HOSTS',
    'If it asks for a certificate, name a file with the certificate and its key: tlsCertificateKeyFile=/path/to/client.pem.',
  ],
  // The others are OpenSSL's own names: UNABLE_TO_VERIFY_LEAF_SIGNATURE, SELF_SIGNED_CERT_IN_CHAIN.
  [
    /^(?!EAI_|ERR_).*_/,
    'the certificate of HOSTS is not accepted',
    "If your own CA signed it, name that CA's file: tlsCAFile=/path/to/ca.pem.",
  ],
];

function unreachable(cause: Error, uri: string): string {
  const { failure, code } = failureBehind(cause);
  const hosts = hostsOf(uri);
  const reason = reasonOf(failure ?? cause, uri);
  const [, fault, advice] = TLS_FAULTS.find(([codes]) => codes.test(code)) ?? [];
  if (fault) return `${fault.replace('HOSTS', hosts)} (${reason}). ${advice}`;
  const others = partsOf(uri).hasTls
    ? 'does it use TLS, and does it ask for a certificate (tlsCertificateKeyFile)?'
    : 'and does it ask for TLS (tls=true)?';
  return `no MongoDB to write to answers at ${hosts} (${reason}). Is it running, may this machine reach it, ${others}`;
}

/**
 * The driver's error behind that of Mongoose, and the code of what failed in the end. Between the two errors is what the
 * driver knows of all servers; Mongoose replaces some messages by longer ones that name no server.
 */
function failureBehind({ cause: servers }: Error): { failure: Error | undefined; code: string } {
  const failure = servers instanceof Object && 'error' in servers ? servers.error : undefined;
  if (!(failure instanceof Error)) return { failure: undefined, code: '' };
  const { cause: last } = failure;
  return { failure, code: last instanceof Error && 'code' in last ? String(last.code) : '' };
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
