import { isSafe } from './retry.ts';

/** Names a request: a server carries it out once, however often it receives it. */
export const IDEMPOTENCY_KEY = 'idempotency-key';

/** The only addresses that change something and take no key. No parameter can hold a slash. */
const UNKEYED = /\/user-consent-scopes/;

/** Whether a request takes a key. */
export function takesKey(method: string, url: string): boolean {
  return !isSafe(method, url) && !UNKEYED.test(url);
}

/**
 * A new key. Pages without HTTPS and React Native have no `crypto.randomUUID`; there it comes from the time and from
 * chance. A key is no secret, and has to differ only from the caller's own of a day.
 */
export function newKey(): string {
  return globalThis.crypto?.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
}
