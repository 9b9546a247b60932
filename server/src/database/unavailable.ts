import { mongo } from 'mongoose';

/**
 * Codes of a server that ran out of time (50), is shutting down (91, 11600) or is no longer the primary (189, 10107,
 * 11602, 13435, 13436): the state-change errors of the driver specification "Server Discovery And Monitoring".
 * Statements that change many rows do not carry its label for retries.
 */
const TRANSIENT = new Set<unknown>([50, 91, 189, 10_107, 11_600, 11_602, 13_435, 13_436]);
const UNREACHABLE = [
  mongo.MongoServerSelectionError,
  mongo.MongoNetworkError,
  mongo.MongoNotConnectedError,
  mongo.MongoTopologyClosedError,
  mongo.MongoClientClosedError,
  mongo.MongoOperationTimeoutError,
];

/** More is pending than a request may wait for. */
export class Backlogged extends Error {
  override readonly name = 'Backlogged';
  /** Seconds until it is taken in. */
  readonly retryAfter: number;

  constructor(retryAfter: number) {
    super(`the read model has a backlog: about ${retryAfter} s are left`);
    this.retryAfter = retryAfter;
  }
}

/** The database answers, but slower than a request may wait. */
export class DatabaseSlow extends Error {
  override readonly name = 'DatabaseSlow';

  /** @param waited in milliseconds */
  constructor(waited: number) {
    super(`the database did not answer within ${waited} ms`);
  }
}

/**
 * Whether an error is the socket's own, which the driver throws if it loses a connection while it writes. If the other side
 * had ended the connection, Node itself refuses the write, with an `EPIPE` that names no system call. An `ECONNRESET` that
 * names none is of a client that has gone.
 */
function isOfSocket(error: unknown): boolean {
  if (!(error instanceof Error && 'code' in error)) return false;
  return error.code === 'EPIPE' || (error.code === 'ECONNRESET' && 'syscall' in error);
}

/** Whether an error means that the database is away or too busy, so that a later retry may succeed. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (UNREACHABLE.some((kind) => error instanceof kind)) return true;
  if (isOfSocket(error)) return true;
  // A bulk write says so in an error of its own, without write errors.
  if (error instanceof mongo.MongoBulkWriteError && [error.writeErrors].flat().length === 0) return true;
  return (
    error instanceof mongo.MongoServerError &&
    (TRANSIENT.has(error.code) || error.hasErrorLabel('RetryableWriteError'))
  );
}
