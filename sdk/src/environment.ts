import { newKey } from './idempotency.ts';
import { type Timer, within } from './limits.ts';

/** What the transport takes from around it. Tests bring their own, so that none of them waits. */
export interface Environment extends Timer {
  fetch: typeof fetch;
  /** Milliseconds since 1970. */
  now(): number;
  /** A key for one revocation. */
  newKey(): string;
  /** From 0 up to 1. */
  random(): number;
  /** Resolves after so many milliseconds; rejects with the signal's reason as soon as that is aborted. */
  sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void>;
}

/** The real one. */
export const environment: Environment = {
  fetch: (...args) => globalThis.fetch(...args),
  now: () => Date.now(),
  newKey,
  random: () => Math.random(),
  sleep: (milliseconds, signal) =>
    within<void>(
      () => new Promise(() => {}),
      environment,
      milliseconds,
      () => {},
      signal,
    ),
  after: (milliseconds, act) => {
    // Timers hold no more than 31 bits: a longer time means for ever.
    const timer = setTimeout(act, Math.min(Math.ceil(milliseconds), 2 ** 31 - 1));
    return () => clearTimeout(timer);
  },
};
