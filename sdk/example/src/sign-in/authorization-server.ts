import * as client from 'openid-client';
import { API, CLIENT_ID, ISSUER } from '../settings.ts';

let opening: Promise<client.Configuration> | undefined;

/**
 * The authorization server, by its metadata (OpenID Connect Discovery), which is read once.
 *
 * @throws if it cannot be read; the next call tries again
 */
export function authorizationServer(): Promise<client.Configuration> {
  opening ??= (ISSUER.startsWith('/') ? openDemo(API + ISSUER) : open(new URL(ISSUER))).catch(
    (error: unknown) => {
      opening = undefined;
      throw error;
    },
  );
  return opening;
}

function open(issuer: URL): Promise<client.Configuration> {
  const execute = isOnThisMachine(issuer) ? [client.allowInsecureRequests] : [];
  return client.discovery(issuer, CLIENT_ID, undefined, client.None(), { execute });
}

/**
 * The demo's server, which may be called by another address than its issuer: `localhost`, or below a prefix that a proxy
 * strips. People are sent to the issuer's address, where they are signed in; scripts may only call this one.
 */
async function openDemo(address: string): Promise<client.Configuration> {
  const answer = await fetch(`${address}/.well-known/openid-configuration`);
  if (!answer.ok) throw new Error(`the authorization server answered ${answer.status}`);
  const metadata: client.ServerMetadata = await answer.json();
  const { issuer, authorization_endpoint = '', token_endpoint = '' } = metadata;
  const server = {
    ...metadata,
    authorization_endpoint: new URL(new URL(authorization_endpoint).pathname, issuer).href,
    token_endpoint: address + new URL(token_endpoint).pathname.slice(new URL(issuer).pathname.length),
  };
  const configuration = new client.Configuration(server, CLIENT_ID, undefined, client.None());
  if (isOnThisMachine(new URL(server.token_endpoint))) client.allowInsecureRequests(configuration);
  return configuration;
}

function isOnThisMachine({ hostname }: URL): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}
