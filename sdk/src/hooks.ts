import type { GrantkeeperError } from './errors.ts';

/** Headers that never hold a secret. Of all others, custom ones too, hooks see the name only. */
const SHOWN = /^(accept|content)(-.+)?$|^(user-agent|x-request-id|traceparent|idempotency-key)$/;

/** A try that is about to be sent. */
export interface RequestEvent {
  method: string;
  url: string;
  /** The request's headers. Values that may be a secret, such as tokens and custom headers, read `[hidden]`. */
  headers: Headers;
  /** Which try of the call this is, from 1. */
  attempt: number;
}

/** An answer that came, of whatever status. */
export interface ResponseEvent extends RequestEvent {
  status: number;
  /** The answer's `X-Request-Id`. */
  requestId: string | undefined;
  /** From sending until the whole body was there, in milliseconds. */
  duration: number;
}

/** A try that failed and is made again. */
export interface RetryEvent {
  method: string;
  url: string;
  /** The try that failed, from 1. */
  attempt: number;
  /** How long is waited before the next, in milliseconds. */
  delay: number;
  error: GrantkeeperError;
}

/** For logs and metrics. No hook ever sees a token or a verification id, and one that throws breaks no call. */
export interface Hooks {
  onRequest?: ((event: RequestEvent) => unknown) | undefined;
  onResponse?: ((event: ResponseEvent) => unknown) | undefined;
  onRetry?: ((event: RetryEvent) => unknown) | undefined;
}

/**
 * Calls a hook, if there is one, and waits for none. What it throws is dropped, at once or later: a log that fails must
 * not undo a call that succeeded.
 */
export async function tell<Event>(
  hook: ((event: Event) => unknown) | undefined,
  event: Event,
): Promise<void> {
  try {
    await hook?.(event);
  } catch {}
}

/** A copy of headers in which every value that may be a secret is hidden. */
export function withoutSecrets(headers: Headers): Headers {
  const copy = new Headers();
  headers.forEach((value, name) => {
    copy.set(name, SHOWN.test(name) ? value : '[hidden]');
  });
  return copy;
}
