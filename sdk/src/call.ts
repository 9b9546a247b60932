import { check } from './checks.ts';
import type { Client } from './generated/client/types.gen.ts';
import { IDEMPOTENCY_KEY } from './idempotency.ts';
import type { Limits } from './limits.ts';

/** What a call that revokes takes last. */
export interface RevokeOptions extends CallOptions {
  /**
   * Names this revocation, at most 255 visible characters of ASCII: sent again with the same key within 24 hours, even
   * from another process, it is answered with its first answer. A new one for each call unless told.
   */
  idempotencyKey?: string | undefined;
}

/** What every call takes last. `timeout` and `retries` go before those of the client. */
export interface CallOptions extends Limits {
  /** Ends the call, which then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** Turns a call's options into those of a generated function. */
export type Call = (options?: CallOptions) => CallOptions & { client: Client };

/** The header of a revocation's key, where its caller has chosen one. */
export function keyOf(options: RevokeOptions | undefined): { [IDEMPOTENCY_KEY]?: string } {
  const key = options?.idempotencyKey;
  if (key === undefined) return {};
  check(/^[!-~]{1,255}$/.test(key), 'idempotencyKey must be 1 to 255 visible characters of ASCII');
  return { [IDEMPOTENCY_KEY]: key };
}

/** How the calls of one client are made. */
export function createCall(client: Client): Call {
  return (options) => {
    const { signal, timeout, retries } = options ?? {};
    return { client, signal, timeout, retries };
  };
}
