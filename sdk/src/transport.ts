import { type Environment, environment, unlessAborted } from './environment.ts';
import { errorOf } from './error-of-answer.ts';
import { ApiError, ConnectionError, GrantkeeperError, TimeoutError } from './errors.ts';
import { type Hooks, tell, withoutSecrets } from './hooks.ts';
import { delayBefore, isPassing, isSafe } from './retry.ts';
import { createTokenSource, type Token } from './token.ts';

/** How long to try. */
export interface Limits {
  /** How long one try may take, its body included, in milliseconds. 30,000 unless told. */
  timeout?: number | undefined;
  /** How often a safe request that failed in passing is sent again. 2 unless told; 0 for never. */
  retries?: number | undefined;
}

export interface TransportOptions extends Limits, Hooks {
  token: Token;
}

/** A `fetch` that gives an answer once it is whole and good. Whatever else happens rejects. */
export type Transport = typeof fetch;

/**
 * Makes what carries every request of the SDK: the access token, tries, limits and errors.
 *
 * - A request that is safe (RFC 9110) is tried again after a 408, 429 or 5xx, and where the network failed or no answer
 *   came in time. No other request ever is: POST and DELETE may have taken effect.
 * - After a 401 that another token could mend, a token function is asked once for another, and the request is sent once
 *   more, whatever its method: the server has refused it and done nothing.
 *
 * @returns for the limits of one call, which go before those of the options, how it is sent. It rejects with a
 *   GrantkeeperError, or with the reason of the request's signal as soon as that is aborted.
 */
export function createTransport(
  options: TransportOptions,
  around: Environment = environment,
): (limits?: Limits) => Transport {
  const tokenOtherThan = createTokenSource(options.token);

  /** Sends a request once. */
  async function sendOnce(original: Request, token: string, attempt: number, timeout: number) {
    const timeUp = around.timeout(timeout);
    const request = new Request(original.clone(), { signal: AbortSignal.any([original.signal, timeUp]) });
    request.headers.set('authorization', `Bearer ${token}`);
    const { method, url } = request;
    const event = { method, url, headers: withoutSecrets(request.headers), attempt };
    const start = around.now();
    void tell(options.onRequest, event);
    try {
      const answer = await around.fetch(request);
      const text = await answer.text();
      const now = around.now();
      const requestId = answer.headers.get('x-request-id') ?? undefined;
      void tell(options.onResponse, { ...event, status: answer.status, requestId, duration: now - start });
      const error = errorOf(url, answer, text, now);
      if (error) throw error;
      return new Response(text || null, answer);
    } catch (cause) {
      original.signal.throwIfAborted();
      if (cause instanceof GrantkeeperError) throw cause;
      if (timeUp.aborted)
        throw new TimeoutError(`${method} ${url}: no whole answer in ${timeout} ms`, { cause });
      throw new ConnectionError(`${method} ${url}: the network failed`, { cause });
    }
  }

  return ({ timeout = options.timeout ?? 30_000, retries = options.retries ?? 2 } = {}) =>
    async (input, init) => {
      const request = new Request(input, init);
      const { method, url, signal } = request;
      let token = await unlessAborted(tokenOtherThan(), signal);
      let renewed = false;
      for (let tries = 1, attempt = 1; ; attempt++) {
        try {
          return await sendOnce(request, token, attempt, timeout);
        } catch (error) {
          if (!(error instanceof GrantkeeperError)) throw error;
          if (!renewed && wantsAnotherToken(error)) {
            renewed = true;
            const refused = token;
            token = await unlessAborted(tokenOtherThan(refused), signal);
            if (token !== refused) continue;
          }
          const delay = delayAfter(error, method, tries, retries, around.random());
          if (delay === undefined) throw error;
          void tell(options.onRetry, { method, url, attempt, delay, error });
          await around.sleep(delay, signal);
          tries++;
        }
      }
    };
}

/**
 * Whether a request was refused for its token (RFC 6750, section 3.1): not for a missing scope, and not for want of a
 * verification record. Where a gateway answers without `WWW-Authenticate`, it may be.
 */
function wantsAnotherToken(error: GrantkeeperError): boolean {
  if (!(error instanceof ApiError) || error.status !== 401) return false;
  return error.headers.get('www-authenticate')?.includes('error="invalid_token"') ?? true;
}

/** How long to wait before the next try, in milliseconds; undefined where there is none to be made. */
function delayAfter(
  error: GrantkeeperError,
  method: string,
  tries: number,
  retries: number,
  random: number,
): number | undefined {
  if (tries > retries || !isSafe(method)) return undefined;
  if (!(error instanceof ApiError)) return delayBefore(tries, undefined, random);
  return isPassing(error.status) ? delayBefore(tries, error.retryAfter, random) : undefined;
}
