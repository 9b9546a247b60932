import { mongo } from 'mongoose';

/** The code of a write that a unique index refuses. */
const DUPLICATE_KEY = 11_000;

/** Whether a write failed because a unique index has its value already. */
export function isDuplicateKey(error: unknown): error is mongo.MongoServerError {
  return error instanceof mongo.MongoServerError && error.code === DUPLICATE_KEY;
}

/**
 * Which documents of an unordered insertion a unique index refused, by their places in it.
 *
 * @throws the error itself if anything else went wrong: a lost connection and a write concern that is not met come as a
 *   bulk error, too, but without write errors
 */
export function duplicatesIn(error: unknown): number[] {
  if (!(error instanceof mongo.MongoBulkWriteError)) throw error;
  const errors = [error.writeErrors].flat();
  if (errors.length === 0 || errors.some(({ code }) => code !== DUPLICATE_KEY)) throw error;
  return errors.map(({ index }) => index);
}
