import { mongo } from 'mongoose';

const MAX_TIME_EXPIRED = 50;
const UNREACHABLE = [
  mongo.MongoServerSelectionError,
  mongo.MongoNetworkError,
  mongo.MongoNotConnectedError,
  mongo.MongoTopologyClosedError,
  mongo.MongoClientClosedError,
  mongo.MongoOperationTimeoutError,
];

/** Whether an error means that the database is away or too busy, and asking again later may succeed. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (UNREACHABLE.some((kind) => error instanceof kind)) return true;
  return (
    error instanceof mongo.MongoServerError &&
    (error.code === MAX_TIME_EXPIRED || error.hasErrorLabel('RetryableWriteError'))
  );
}
