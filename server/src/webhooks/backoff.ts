const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** The waits between attempts, in milliseconds; after the last one a message is dead. About 42 hours in all. */
const WAITS = [5 * SECOND, 30 * SECOND, 2 * MINUTE, 15 * MINUTE, HOUR, 4 * HOUR, 12 * HOUR, 24 * HOUR];

/** How many attempts there are. */
export const ATTEMPTS = WAITS.length + 1;

/** How much longer or shorter a wait is, so that messages that failed together are not tried again together. */
const JITTER = 0.2;

/** The longest that a receiver may ask us to wait, in milliseconds. */
const MAX_RETRY_AFTER = 24 * HOUR;

/**
 * How long to wait after an attempt that failed, in milliseconds; undefined if there are no more attempts.
 *
 * @param attempts how many failed before it
 * @param retryAfter how long the receiver asks for: it makes a wait longer, never shorter
 * @param random 0 to 1
 */
export function waitAfter(attempts: number, retryAfter = 0, random = Math.random()): number | undefined {
  const wait = WAITS[attempts];
  if (wait === undefined) return undefined;
  const jittered = Math.round(wait * (1 - JITTER + 2 * JITTER * random));
  return Math.max(jittered, Math.min(retryAfter, MAX_RETRY_AFTER));
}
