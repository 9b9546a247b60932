import { type AdapterOptions, createAdapter, type Placed } from '@grantkeeper/oidc-provider';
import { mongo } from 'mongoose';
import Provider, {
  type Configuration,
  errors,
  interactionPolicy,
  type KoaContextWithOIDC,
} from 'oidc-provider';
import type { Logger } from 'pino';
import type { Collections } from '../../database/collections.ts';
import { API, MCP } from '../platform.ts';
import { apartFromPages } from './apart.ts';
import { isPage, PAGES_CLIENT, type RegisteredApp, registerClients } from './clients.ts';
import type { IdpKey } from './key.ts';
import { errorPage, overPage, unknownOriginPage } from './pages.ts';
import { personHinted, personOf, writePeople } from './people.ts';

export interface IdpOptions {
  /** Its address: the server's, and the path that it is mounted at. */
  issuer: string;
  /** The audience of our API's access tokens, which is also its resource indicator (RFC 8707). */
  audience: string;
  key: IdpKey;
  /** The third-party app of the demo. */
  app: RegisteredApp;
  /** Where the pages at `/app/` may be: the server's own origins, and others. */
  pageOrigins: string[];
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
    adapter: apartFromPages(store.adapter),
  });
  allowPages(provider, options.pageOrigins);
  store.attach(provider);
  provider.on('server_error', (_ctx, err) => log.error({ err }, 'the demo authorization server failed'));
  return provider;
}

/** Where the pages are is not known to their registration: somebody may have them at an origin of their own. */
function allowPages(provider: Provider, origins: string[]): void {
  const { redirectUriAllowed } = provider.Client.prototype;
  provider.Client.prototype.redirectUriAllowed = function (uri) {
    return redirectUriAllowed.call(this, uri) || (this.clientId === PAGES_CLIENT && isPage(uri, origins));
  };
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
    claims: { openid: ['sub'], profile: ['name', 'preferred_username', 'role'] },
    // Its clients need no other request to know the name.
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    rotateRefreshToken: true,
    // Nobody asks from an origin that CORS_ORIGINS does not name: see app.ts.
    clientBasedCORS: (_ctx, asking, { clientId }) => clientId === PAGES_CLIENT || asking === origin,
    // For the pages without asking for offline access: then it ends with the person's session.
    issueRefreshToken: (_ctx, client, { scopes }) =>
      client.grantTypeAllowed('refresh_token') &&
      (client.clientId === PAGES_CLIENT || scopes.has('offline_access')),
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
        // The pages need not know what our API is called.
        defaultResource: (_ctx, { clientId }, oneOf) => oneOf ?? (clientId === PAGES_CLIENT ? audience : []),
        useGrantedResource: (_ctx, { clientId }) => clientId === PAGES_CLIENT,
        getResourceServerInfo: (_ctx, resource, { clientId }) => {
          const scope = scopeOf(resource, clientId, audience);
          if (scope === undefined) throw new errors.InvalidTarget();
          return { scope, audience: resource, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES256' } } };
        },
      },
    },
    findAccount: (_ctx, sub) => {
      const person = personOf(sub);
      if (!person) return undefined;
      const { id: preferred_username, name, role } = person;
      return { accountId: sub, claims: () => ({ sub, name, preferred_username, role }) };
    },
    extraTokenClaims: (_ctx, { aud, kind, clientId, ...token }) => {
      if (kind !== 'AccessToken' || aud !== audience || clientId !== PAGES_CLIENT) return undefined;
      if (!('accountId' in token)) return undefined;
      const { sub: _, scope: __, ...claims } = personOf(`${token.accountId}`)?.claims ?? {};
      return claims;
    },
    interactions: { url: (_ctx, { uid }) => `${pathname}/interaction/${uid}`, policy: askWhomItIsFor() },
    loadExistingGrant: (ctx) => loadGrant(ctx, audience),
    renderError: (ctx, { error, error_description }, fault) => {
      // Absent if it fails before it knows what is asked.
      const { client_id, redirect_uri } = ctx.oidc?.params ?? {};
      ctx.type = 'html';
      ctx.body =
        fault instanceof errors.SessionNotFound
          ? overPage(app)
          : fault instanceof errors.InvalidRedirectUri && client_id === PAGES_CLIENT
            ? unknownOriginPage(`${redirect_uri}`)
            : errorPage(error_description ?? error);
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

/** Asks who somebody is if the app says that it is for another person than the one who is signed in. */
function askWhomItIsFor() {
  const { base, Check } = interactionPolicy;
  const policy = base();
  const isForAnother = ({ oidc }: KoaContextWithOIDC) => {
    const hint = oidc.params?.login_hint;
    // Whoever has just answered may be somebody else.
    if (hint === undefined || oidc.result?.login) return Check.NO_NEED_TO_PROMPT;
    const isWho = personHinted(hint)?.claims.sub === oidc.session?.accountId;
    return isWho ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT;
  };
  policy.get('login')?.checks.add(new Check('login_hint', 'somebody else is signed in', isForAnother));
  return policy;
}
