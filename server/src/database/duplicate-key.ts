import { mongo } from 'mongoose';

/** The code of a write that a unique index refuses. */
export const DUPLICATE_KEY = 11_000;

/** Whether a write failed because a unique index has its value already. */
export function isDuplicateKey(error: unknown): error is mongo.MongoServerError {
  return error instanceof mongo.MongoServerError && error.code === DUPLICATE_KEY;
}
