import { type AdapterOptions, createAdapter, type Placed } from '@grantkeeper/oidc-provider';
import { mongo } from 'mongoose';
import Provider, { type Configuration, errors, type KoaContextWithOIDC } from 'oidc-provider';
import type { Logger } from 'pino';
import type { Collections } from '../../database/collections.ts';
import { API, MCP } from '../platform.ts';
import { apartFromPages } from './apart.ts';
import { PAGES_CLIENT, type RegisteredApp, registerClients } from './clients.ts';
import type { IdpKey } from './key.ts';
import { errorPage, overPage } from './pages.ts';
import { personOf, writePeople } from './people.ts';

export interface IdpOptions {
  /** Its address: the server's, and the path that it is mounted at. */
  issuer: string;
  /** The audience of our API's access tokens, which is also its resource indicator (RFC 8707). */
  audience: string;
  key: IdpKey;
  /** The third-party app of the demo. */
  app: RegisteredApp;
  collections: Collections;
  log: Logger;
}

const MINUTE = 60;
const DAY = 24 * 60 * MINUTE;

/** Short: what was revoked can be used until its access token expires. */
const ACCESS_TOKEN_SECONDS = 5 * MINUTE;

/** What apps of other parties may ask for: scopes by resource. */
const RESOURCES = new Map([
  [API, 'content:read content:write'],
  [MCP, 'mcp'],
]);

/** Scopes of our own API, for the platform's own pages. */
const OWN_SCOPES = 'urn:logto:scope:sessions';

/** Opens the authorization server on the store, with its clients and its people. */
export async function openProvider(options: IdpOptions): Promise<Provider> {
  const { issuer, app, collections, log } = options;
  const { db } = collections.users.db;
  if (!isDb(db)) throw new Error('not connected to the database');
  const store = createAdapter({ db, place: placeOf });
  await Promise.all([store.createIndexes(), writePeople(collections)]);
  await registerClients(store, collections, { pages: new URL('/app/', issuer).href, app });
  const provider = new Provider(issuer, {
    ...configuration(options),
    adapter: (kind: string) =>
      ['Grant', 'AuthorizationCode'].includes(kind)
        ? apartFromPages(store.adapter(kind))
        : store.adapter(kind),
  });
  store.attach(provider);
  provider.on('server_error', (_ctx, err) => log.error({ err }, 'the demo authorization server failed'));
  return provider;
}

/** Mongoose brings a driver of its own, whose `Db` is another class to the compiler. The adapter takes either. */
function isDb(db: unknown): db is AdapterOptions['db'] {
  return db instanceof mongo.Db;
}

function placeOf({ user_id, resources: [resource = API] }: Placed) {
  const { account_id = '', project_id = '' } = personOf(user_id)?.claims ?? {};
  return { account_id, project_id, resource };
}

function configuration({ issuer, audience, key, app }: IdpOptions): Configuration {
  const { origin, pathname } = new URL(issuer);
  return {
    jwks: { keys: [key.privateJwk] },
    cookies: {
      keys: [key.cookieSecret],
      long: { path: pathname, sameSite: 'lax' },
      short: { sameSite: 'lax' },
    },
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    responseTypes: ['code'],
    scopes: ['openid', 'offline_access'],
    claims: { openid: ['sub'], profile: ['name'] },
    // Its clients need no other request to know the name.
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    rotateRefreshToken: true,
    clientBasedCORS: (_ctx, asking) => asking === origin,
    ttl: {
      AccessToken: ACCESS_TOKEN_SECONDS,
      AuthorizationCode: MINUTE,
      Grant: 180 * DAY,
      IdToken: 60 * MINUTE,
      Interaction: 60 * MINUTE,
      RefreshToken: 30 * DAY,
      Session: 14 * DAY,
    },
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_ctx, resource, { clientId }) => {
          const scope = scopeOf(resource, clientId, audience);
          if (scope === undefined) throw new errors.InvalidTarget();
          return { scope, audience: resource, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES256' } } };
        },
      },
    },
    findAccount: (_ctx, sub) => {
      const person = personOf(sub);
      return person && { accountId: sub, claims: () => ({ sub, name: person.name }) };
    },
    extraTokenClaims: (_ctx, { aud, kind, clientId, ...token }) => {
      if (kind !== 'AccessToken' || aud !== audience || clientId !== PAGES_CLIENT) return undefined;
      if (!('accountId' in token)) return undefined;
      const { sub: _, scope: __, ...claims } = personOf(`${token.accountId}`)?.claims ?? {};
      return claims;
    },
    interactions: { url: (_ctx, { uid }) => `${pathname}/interaction/${uid}` },
    loadExistingGrant: (ctx) => loadGrant(ctx, audience),
    renderError: (ctx, { error, error_description }, fault) => {
      ctx.type = 'html';
      ctx.body =
        fault instanceof errors.SessionNotFound ? overPage(app) : errorPage(error_description ?? error);
    },
  };
}

/**
 * What a client may ask for of a resource; undefined if nothing. Our own API is for the platform's own pages alone, even
 * if its audience is configured to be one of the other resources.
 */
function scopeOf(resource: string, clientId: string, audience: string): string | undefined {
  if (clientId === PAGES_CLIENT) return resource === audience ? OWN_SCOPES : undefined;
  return resource === audience ? undefined : RESOURCES.get(resource);
}

/** What the person allowed. Nobody is asked whether the platform's own pages may show them what they allowed. */
async function loadGrant({ oidc }: KoaContextWithOIDC, audience: string) {
  const { provider, result, session, client, account } = oidc;
  if (!client || !account) return undefined;
  const grantId = result?.consent?.grantId ?? session?.grantIdFor(client.clientId);
  const found = grantId === undefined ? undefined : await provider.Grant.find(grantId);
  if (found || client.clientId !== PAGES_CLIENT) return found;
  const grant = new provider.Grant({ accountId: account.accountId, clientId: client.clientId });
  grant.addOIDCScope('openid profile');
  grant.addResourceScope(audience, OWN_SCOPES);
  await grant.save();
  return grant;
}
