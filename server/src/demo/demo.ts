import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import type { Demo } from '../app.ts';
import type { Collections } from '../database/collections.ts';
import type { TrustedIssuer } from '../http/bearer.ts';
import { ownOrigins } from '../http/own-host.ts';
import type { OwnIssuer } from '../http/own-issuer.ts';
import { openIdpKey } from './idp/key.ts';
import { demoPages } from './pages.ts';
import { registration } from './third-party-app/registration.ts';
import { loadedOnce, whenAsked } from './when-asked.ts';

export interface DemoOptions {
  /** Signs the tokens that the pages' visitors get without signing in. */
  sign: OwnIssuer['sign'];
  collections: Collections;
  dataDir: string;
  /** The audience of the API's access tokens. */
  audience: string;
  /** Where the server can be reached on this machine, without a trailing slash; known once it listens. */
  address: () => string;
  /** Origins besides the server's own that the pages at `/app/` may be at. */
  pageOrigins: string[];
  clock: () => Date;
  log: Logger;
}

export interface OpenedDemo extends Demo {
  /** The authorization server, for whoever checks its tokens. */
  issuer: TrustedIssuer;
}

/**
 * The demo: its pages, an authorization server whose access tokens the API accepts, and a third-party app.
 * Whatever these need beyond the server itself is loaded when somebody first asks for it.
 */
export function openDemo({
  sign,
  collections,
  dataDir,
  audience,
  address,
  pageOrigins,
  ...rest
}: DemoOptions): OpenedDemo {
  const issuer = () => `${address()}/demo-idp`;
  // Known to this process alone: the app and its registration live and end together.
  const secret = randomBytes(32).toString('base64url');
  const app = () => registration(address(), secret);
  const idpKey = loadedOnce(() => openIdpKey(dataDir));
  return {
    pages: demoPages(sign),
    idp: whenAsked(async () => {
      const { createIdp } = await import('./idp/idp.ts');
      const own = { issuer: issuer(), audience, key: await idpKey(), app: app() };
      return createIdp({
        ...own,
        pageOrigins: [...ownOrigins(address()), ...pageOrigins],
        collections,
        ...rest,
      });
    }),
    thirdPartyApp: whenAsked(async () => {
      const { thirdPartyApp } = await import('./third-party-app/app.ts');
      return thirdPartyApp({ issuer: issuer(), app: app(), ...rest });
    }),
    issuer: {
      get issuer() {
        return issuer();
      },
      audience,
      // In process: the server need not ask itself.
      keys: async (header, token) => (await idpKey()).keys(header, token),
    },
  };
}
