import type { Client } from './generated/client/types.gen.ts';
import type { Limits } from './limits.ts';
import type { Transport } from './transport.ts';

/** What every call takes last. `timeout` and `retries` go before those of the client. */
export interface CallOptions extends Limits {
  /** Ends the call, which then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** Turns a call's options into those of a generated function. */
export type Call = (options?: CallOptions) => { client: Client; fetch: Transport; signal?: AbortSignal };

/** How the calls of one client are made. */
export function createCall(client: Client, transport: (limits?: Limits) => Transport): Call {
  return (options) => ({
    client,
    fetch: transport(options),
    ...(options?.signal && { signal: options.signal }),
  });
}
