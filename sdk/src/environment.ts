/** What the transport takes from around it. Tests bring their own, so that none of them waits. */
export interface Environment {
  fetch: typeof fetch;
  /** Milliseconds since 1970. */
  now(): number;
  /** From 0 up to 1. */
  random(): number;
  /** Resolves after so many milliseconds; rejects with the signal's reason as soon as that is aborted. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** A signal that is aborted after so many milliseconds. */
  timeout(milliseconds: number): AbortSignal;
}

/** The real one. */
export const environment: Environment = {
  fetch: (...args) => globalThis.fetch(...args),
  now: () => Date.now(),
  random: () => Math.random(),
  sleep: (milliseconds, signal) => {
    let timer: ReturnType<typeof setTimeout>;
    const slept = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, milliseconds);
    });
    return unlessAborted(slept, signal).finally(() => clearTimeout(timer));
  },
  // Timers hold no more than 31 bits: whoever says longer means for ever.
  timeout: (milliseconds) => AbortSignal.timeout(Math.min(Math.ceil(milliseconds), 2 ** 31 - 1)),
};

/** What a promise gives, or rejects with the signal's reason as soon as that is aborted. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
