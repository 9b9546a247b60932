/** From where a difference is worth a look, and from where it must be fixed, in milliseconds: tokens allow a minute. */
export const NOTICED_MS = 5_000;
export const TOLERATED_MS = 60_000;

/** A difference between this machine's clock and another, in milliseconds. */
export interface ClockDifference {
  /** How far ours is ahead. */
  ahead: number;
  /** By how much that may be wrong: the answer may have taken all its time on one way. */
  uncertain: number;
}

/**
 * Compares this machine's clock with another that was asked; all times in milliseconds.
 *
 * @param time what the other clock said
 * @param asked when it was asked, and `answered` when the answer was here, by our clock
 * @param step the other clock's unit, if that matters
 */
export function differenceTo(time: number, asked: number, answered: number, step = 0): ClockDifference {
  return { ahead: (asked + answered - step) / 2 - time, uncertain: (answered - asked + step) / 2 };
}

/** What the log says of a difference that is worth a look; undefined of a smaller one. */
export function noticed(difference: ClockDifference): { ahead_seconds: number } | undefined {
  if (leastOf(difference) < NOTICED_MS) return undefined;
  return { ahead_seconds: Math.round(difference.ahead / 1_000) };
}

/** How large a difference is at least, in milliseconds. */
export function leastOf({ ahead, uncertain }: ClockDifference): number {
  return Math.max(0, Math.abs(ahead) - uncertain);
}
