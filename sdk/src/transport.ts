import { check, isToken } from './checks.ts';
import { type Environment, environment } from './environment.ts';
import { errorOf } from './error-of-answer.ts';
import { ApiError, ConnectionError, GrantkeeperError, TimeoutError } from './errors.ts';
import { type Hooks, tell, withoutSecrets } from './hooks.ts';
import { IDEMPOTENCY_KEY, takesKey } from './idempotency.ts';
import { type Limits, within } from './limits.ts';
import { delayBefore, isPassing, isSafe } from './retry.ts';
import { createTokenSource, type Token } from './token.ts';

export interface TransportOptions extends Limits, Hooks {
  token: Token;
  /**
   * Whether every revocation gets an `Idempotency-Key`, so that it can be sent again. True unless told. Say false for a
   * server before this header: its CORS does not let pages send it.
   */
  idempotencyKeys?: boolean | undefined;
  /**
   * What sends each try, such as the `fetch` that a framework gives to one request. `globalThis.fetch` unless told. The
   * token, the limits and the errors are as ever.
   */
  fetch?: typeof fetch | undefined;
}

/** What one call may say itself: it goes before the options. */
export type CallLimits = Limits & Pick<TransportOptions, 'fetch'>;

/** A `fetch` that gives an answer once it is whole and good. Whatever else happens rejects. */
export type Transport = typeof fetch;

/**
 * Makes what carries every request of the SDK: the access token, tries, limits and errors.
 *
 * - A request that is safe (RFC 9110) is tried again after a 408, 429 or 5xx, and where the network failed or no answer
 *   came in time. So is a revocation with an idempotency key, which the server carries out once: after a 409, too. No
 *   other request ever is: it may have taken effect.
 * - After a 401 that another token could mend, a token function is asked once for another, and the request is sent once
 *   more, whatever its method: the server has refused it and done nothing.
 *
 * @returns for the limits of one call, which go before those of the options, how it is sent. It rejects with a
 *   GrantkeeperError, or with the reason of the request's signal as soon as that is aborted. Options and limits that are
 *   not right throw a UsageError at once.
 */
export function createTransport(
  options: TransportOptions,
  around: Environment = environment,
): (limits?: CallLimits) => Transport {
  check(!!options, 'options are needed: baseUrl and token');
  const { token, onRequest, onResponse, onRetry, fetch } = options;
  check(
    typeof token === 'function' || isToken(token),
    'token must be an access token, without "Bearer", or a function that gives one',
  );
  for (const [name, value] of Object.entries({ onRequest, onResponse, onRetry, fetch })) {
    check(value === undefined || typeof value === 'function', `${name} must be a function`);
  }
  const tokens = createTokenSource(token);

  /** Sends a request once. */
  async function sendOnce(
    send: Transport,
    original: Request,
    token: string,
    attempt: number,
    signal: AbortSignal,
  ) {
    const request = new Request(original.clone(), { signal });
    request.headers.set('authorization', `Bearer ${token}`);
    const { method, url } = request;
    const event = { method, url, headers: withoutSecrets(request.headers), attempt };
    const start = around.now();
    void tell(onRequest, event);
    let answer: Response;
    let text: string;
    try {
      answer = await send(request);
      text = await answer.text();
    } catch (cause) {
      throw new ConnectionError(`${method} ${url}: ${whyFailed(url)}`, { cause });
    }
    const now = around.now();
    const requestId = answer.headers.get('x-request-id') ?? undefined;
    void tell(onResponse, { ...event, status: answer.status, requestId, duration: now - start });
    const error = errorOf(url, answer, text, now);
    if (error) throw error;
    return new Response(text || null, answer);
  }

  return (limits) => {
    const timeout = limits?.timeout ?? options.timeout ?? 30_000;
    const retries = limits?.retries ?? options.retries ?? 2;
    const send = limits?.fetch ?? fetch ?? around.fetch;
    check(typeof timeout === 'number' && timeout > 0, 'timeout must be milliseconds above 0, or Infinity');
    check(
      Number.isInteger(retries) ? retries >= 0 : retries === Infinity,
      'retries must be a whole number from 0, or Infinity',
    );
    return async (input, init) => {
      const request = new Request(input, init);
      const { method, url, signal, headers } = request;
      const isKeyed = takesKey(method, url);
      const isOwnKey = isKeyed && options.idempotencyKeys !== false && !headers.has(IDEMPOTENCY_KEY);
      if (isOwnKey) headers.set(IDEMPOTENCY_KEY, around.newKey());
      let isRepeatable = isKeyed ? headers.has(IDEMPOTENCY_KEY) : isSafe(method, url);
      let refusal: { token: string; error: GrantkeeperError } | undefined;
      for (let tries = 1, attempt = 1; ; attempt++) {
        let token: string | undefined;
        try {
          return await within(
            async (heeded) => {
              token = await tokens.get(refusal?.token);
              // There is no other: the server would refuse it again.
              if (refusal?.token === token) throw refusal.error;
              return sendOnce(send, request, token, attempt, heeded);
            },
            around,
            timeout,
            () => {
              tokens.giveUp();
              const what = token === undefined ? 'no token' : 'no whole answer';
              throw new TimeoutError(`${method} ${url}: ${what} in ${timeout} ms`);
            },
            signal,
          );
        } catch (error) {
          if (!(error instanceof GrantkeeperError) || signal?.aborted) throw error;
          if (token !== undefined && !refusal && wantsAnotherToken(error)) {
            refusal = { token, error };
            continue;
          }
          // The server keeps no more keys of this caller, and did nothing.
          if (isOwnKey && isRepeatable && /many.idem/.test(`${error.code}`)) {
            headers.delete(IDEMPOTENCY_KEY);
            isRepeatable = false;
            continue;
          }
          const delay = isRepeatable ? delayAfter(error, tries, retries, around.random()) : undefined;
          if (delay === undefined) throw error;
          void tell(onRetry, { method, url, attempt, delay, error });
          await around.sleep(delay, signal);
          tries++;
        }
      }
    };
  };
}

/** Why no answer came, as far as can be told: a page is not told that its origin is not allowed. */
function whyFailed(url: string): string {
  const page = globalThis.location?.origin;
  const isElsewhere = page && !url.startsWith(`${page}/`);
  return `the network failed${isElsewhere ? `, or the server's CORS_ORIGINS lacks ${page}` : ''}`;
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
  tries: number,
  retries: number,
  random: number,
): number | undefined {
  if (tries > retries) return undefined;
  if (error instanceof ApiError) {
    // A 409 with Retry-After: the first try of a revocation, or another request for it, is still running.
    const isInPassing = isPassing(error.status) || (error.status === 409 && error.retryAfter !== undefined);
    return isInPassing ? delayBefore(tries, error.retryAfter, random) : undefined;
  }
  const hasNoAnswer = error instanceof ConnectionError || error instanceof TimeoutError;
  return hasNoAnswer ? delayBefore(tries, undefined, random) : undefined;
}
