/** How long to try. */
export interface Limits {
  /**
   * How long one try may take, in milliseconds: until the `token` function has given a token and the body of the answer
   * is whole. 30,000 unless told; Infinity for no limit.
   */
  timeout?: number | undefined;
  /** How often a read or a revocation with a key that failed in passing is sent again. 2 unless told; 0 for never. */
  retries?: number | undefined;
}

/** What a time limit needs of the environment. */
export interface Timer {
  /** Calls `act` after this many milliseconds, unless the function it returns is called first. */
  after(milliseconds: number, act: () => void): () => void;
}

/**
 * Runs something until it is done, its time is up or its caller's signal is aborted. It is what `AbortSignal.any` and
 * `AbortSignal.timeout` would do, which React Native lacks; and it ends also where what runs heeds no signal.
 *
 * @param run is given the signal to heed
 * @param around tells when the time is up
 * @param milliseconds how long it may take
 * @param timeUp gives or throws what it ends with when its time is up
 * @param caller the signal of the caller. When it is aborted, this rejects with its reason.
 */
export async function within<T>(
  run: (signal: AbortSignal) => Promise<T>,
  around: Timer,
  milliseconds: number,
  timeUp: () => T,
  caller: AbortSignal | undefined,
): Promise<T> {
  const controller = new AbortController();
  let clear = () => {};
  try {
    return await new Promise<T>((resolve, reject) => {
      const abort = () => reject(reasonOf(caller));
      const stop = around.after(milliseconds, () => resolve(attempt(timeUp)));
      clear = () => {
        stop();
        caller?.removeEventListener('abort', abort);
      };
      caller?.addEventListener('abort', abort);
      if (caller?.aborted) abort();
      else run(controller.signal).then(resolve, reject);
    });
  } finally {
    clear();
    controller.abort();
  }
}

async function attempt<T>(run: () => T): Promise<T> {
  return run();
}

/** Why a signal was aborted. Older runtimes do not tell. */
function reasonOf(signal: AbortSignal | undefined): unknown {
  return signal?.reason ?? Object.assign(new Error('This call was aborted.'), { name: 'AbortError' });
}
