const FIRST_DELAY = 500;
const MAX_DELAY = 8_000;
const JITTER = 0.25;
/** A server that asks for a longer wait than this is not waited for: the caller gets the error, which says how long. */
const MAX_RETRY_AFTER = 60_000;

/**
 * Whether a request is safe in the sense of RFC 9110, section 9.2.1, so that it may be sent again without the caller's
 * saying so. A search is, too: it is a POST only so that no log holds what was typed. Others may if they have an
 * idempotency key: without one, a repeated DELETE answers with other counts than the lost one.
 */
export function isSafe(method: string, url: string): boolean {
  return /^(GET|HEAD) |^POST [^?]*\/oauth-grants\/search/.test(`${method} ${url}`);
}

/** Whether a status says that the same request may succeed a little later. */
export function isPassing(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

/**
 * How long to wait before the next try: what the server asks for, else half a second that doubles with each try up to
 * eight seconds, less a random part of up to a quarter, so that many clients do not come back all at once.
 *
 * @param tries how many tries have failed, from 1
 * @param retryAfter what the server asks for, in milliseconds
 * @param random from 0 up to 1
 * @returns milliseconds, or undefined when the server asks for more than a minute
 */
export function delayBefore(
  tries: number,
  retryAfter: number | undefined,
  random: number,
): number | undefined {
  if (retryAfter !== undefined) return retryAfter <= MAX_RETRY_AFTER ? retryAfter : undefined;
  return Math.min(FIRST_DELAY * 2 ** (tries - 1), MAX_DELAY) * (1 - JITTER * random);
}

/**
 * How long an answer asks to wait, in either form of `Retry-After` (RFC 9110, section 10.2.3): seconds or a date.
 *
 * @param now milliseconds since 1970
 * @returns milliseconds, 0 for a date that has passed; undefined where the header is missing or neither form
 */
export function retryAfterOf(headers: Headers, now: number): number | undefined {
  const value = headers.get('retry-after')?.trim() ?? '';
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  // Date.parse takes more than dates of HTTP, such as "1.5".
  const date = /^[a-z]{3}/i.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
