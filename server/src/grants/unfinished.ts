import { isOlder } from '../database/lease.ts';

/** Servers finish a cut-off revocation within a minute, and then its event within another. In milliseconds. */
const REVOCATION_LIMIT = 2 * 60_000;
const EVENT_LIMIT = 4 * 60_000;

/** Filter: batches of revocations that were cut off, and that servers should have finished. */
export const IS_CUT_OFF = { finished_at: null, $expr: isOlder('$tried_at', REVOCATION_LIMIT) };

/**
 * Filter: audit events that servers should have finished. An authorization server leaves its events to ours, and unsets the
 * sign of life.
 */
export const IS_OPEN_TOO_LONG = {
  finished_at: null,
  $expr: isOlder({ $ifNull: ['$renewed_at', '$at'] }, EVENT_LIMIT),
};
