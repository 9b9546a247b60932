import { isSafe } from './retry.ts';

/** Names a revocation: a server carries it out once, however often it receives it. */
export const IDEMPOTENCY_KEY = 'idempotency-key';

/** The addresses of revocations, of all that end in one grant or in `revoke`. No parameter can hold a slash. */
const REVOCATIONS = /^[^?]*grants\/[^/?]+(\?|$)/;

/** Whether a request revokes grants, and so takes a key. */
export function isRevocation(method: string, url: string): boolean {
  return !isSafe(method) && REVOCATIONS.test(url);
}

/**
 * A new key. Pages without HTTPS and React Native have no `crypto.randomUUID`; there it comes from the time and from
 * chance. A key is no secret, and has to differ only from the caller's own of a day.
 */
export function newKey(): string {
  return globalThis.crypto?.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
}
