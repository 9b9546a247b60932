import { createClient as createGeneratedClient } from './generated/client/index.ts';
import type { Client } from './generated/client/types.gen.ts';
import { createTransport, type Transport, type TransportOptions } from './transport.ts';

/** How to reach a Grantkeeper. */
export interface ClientOptions extends TransportOptions {
  /** Where the server is, such as `https://api.example.com`. A path after it goes before that of every operation. */
  baseUrl: string;
  /** Sent with every request, beside what the SDK sends itself. */
  headers?: Record<string, string> | undefined;
}

/**
 * Makes the client that the functions of single operations take, such as `listOAuthGrants({ client })`. A bundle then
 * holds only the operations that it calls. All requests of a client share its access token.
 *
 * @returns the client; its functions throw a GrantkeeperError, or the reason of the signal they were given
 */
export function createClient(options: ClientOptions): Client {
  return clientOver(createTransport(options)(), options);
}

/** A client whose requests `fetch` carries. */
export function clientOver(
  fetch: Transport,
  { baseUrl, headers = {} }: Pick<ClientOptions, 'baseUrl' | 'headers'>,
): Client {
  const client = createGeneratedClient({
    baseUrl,
    headers,
    fetch,
    throwOnError: true,
    // Whatever a proxy makes of the type: what is no JSON has been refused before.
    parseAs: 'json',
    // The API redirects nobody, and a redirect to elsewhere would take the verification id along.
    redirect: 'error',
  });
  client.interceptors.request.use((request, { path = {} }) => {
    for (const [name, value] of Object.entries(path)) {
      // An address would lose such a part and name another operation: getting the grant '' would list all.
      if (/^\.{0,2}$/.test(`${value}`)) throw new TypeError(`${name} must not be "${value}"`);
    }
    return request;
  });
  return client;
}
