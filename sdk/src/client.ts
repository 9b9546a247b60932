import { asUsageError, baseUrlOf, check, checkAddress, checkHeaders, checkRuntime } from './checks.ts';
import { createClient as createGeneratedClient } from './generated/client/index.ts';
import type { Client } from './generated/client/types.gen.ts';
import { type CallLimits, createTransport, type Transport, type TransportOptions } from './transport.ts';

/** How to reach a Grantkeeper. */
export interface ClientOptions extends TransportOptions {
  /**
   * Where the server is, such as `https://api.example.com`; in a page also a path of its own host, such as `/api`. What
   * path it has goes before that of every operation.
   */
  baseUrl: string;
  /** Sent with every request, beside what the SDK sends itself. */
  headers?: Record<string, string | undefined> | undefined;
}

/** What every function of an operation gives its client. */
type Sent = Parameters<Client['get']>[0];

/**
 * Makes the client that the functions of single operations take, such as `listOAuthGrants({ client })`. A bundle then
 * holds only the operations that it calls. All requests of a client share its access token.
 *
 * @returns the client; its functions throw a GrantkeeperError, or the reason of the signal they were given. It throws a
 *   UsageError where an option is not right.
 */
export function createClient(options: ClientOptions): Client {
  return clientOver(createTransport(options), options);
}

/** A client whose requests `transport` carries, each within the limits that its options have. */
export function clientOver(
  transport: (limits?: CallLimits) => Transport,
  { baseUrl, headers }: Pick<ClientOptions, 'baseUrl' | 'headers'>,
): Client {
  checkRuntime('Headers');
  checkHeaders(headers ?? {});
  // Options that are not right are refused now.
  transport();
  const client = createGeneratedClient({
    baseUrl: baseUrlOf(baseUrl),
    headers: headers ?? {},
    throwOnError: true,
    // Whatever a proxy makes of the type: what is no JSON has been refused before.
    parseAs: 'json',
    // The API redirects nobody, and a redirect to elsewhere would take the verification id along. The transport refuses
    // it: `error` would do so too, but Cloudflare Workers do not know it.
    redirect: 'manual',
  });
  const guarded = <Options extends Sent>(send: (options: Options) => Promise<unknown>) => {
    return async (options: Options) => {
      check(!!options, 'a call needs options');
      checkRuntime('fetch', 'Request', 'Response', 'AbortController');
      checkAddress(options);
      checkHeaders(options.headers ?? {});
      // The functions of operations pass their client along. All of this goes into a Request, where Deno has a `client`.
      const sent = { ...options, client: undefined };
      // An option that is undefined would else take the place of the client's own.
      for (const [name, value] of Object.entries(sent)) {
        if (value === undefined) Reflect.deleteProperty(sent, name);
      }
      sent.fetch = transport({ ...client.getConfig(), ...sent });
      if (sent.baseUrl !== undefined && sent.baseUrl !== client.getConfig().baseUrl) {
        Object.assign(sent, { baseUrl: baseUrlOf(sent.baseUrl) });
      }
      try {
        return await send(sent);
      } catch (error) {
        throw options.signal?.aborted ? error : asUsageError(error, options.url);
      }
    };
  };
  for (const name of METHODS) Object.assign(client, { [name]: guarded(client[name]) });
  return client;
}

const METHODS = ['get', 'put', 'post', 'patch', 'delete', 'request'] as const;
