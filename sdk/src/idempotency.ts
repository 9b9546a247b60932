/** Names a revocation: a server carries it out once, however often it receives it. */
export const IDEMPOTENCY_KEY = 'idempotency-key';

/** The addresses of revocations. No parameter can hold these slashes: they are encoded. */
const REVOCATIONS = /\/(v1\/oauth-grants|my-account\/grants|me\/grants)\/[^/]+$/;

/** Whether a request revokes grants, and so takes a key. */
export function isRevocation(method: string, url: string): boolean {
  return (method === 'DELETE' || method === 'POST') && REVOCATIONS.test(url.replace(/[?#].*/s, ''));
}

/**
 * A new key. Pages without HTTPS and React Native have no `crypto.randomUUID`; there it comes from the time and from
 * chance. A key is no secret, and has to differ only from the caller's own of a day.
 */
export function newKey(): string {
  const chance = () => Math.random().toString(36).slice(2);
  return globalThis.crypto?.randomUUID?.() ?? `${Date.now().toString(36)}-${chance()}${chance()}`;
}
