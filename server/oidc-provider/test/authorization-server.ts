import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Db, MongoClient } from 'mongodb';
import Provider, { type Configuration } from 'oidc-provider';
import * as client from 'openid-client';
import { afterAll, beforeAll } from 'vitest';
import { PAGE_GRANT } from '../../test/rows.ts';
import type { Service } from '../../test/service.ts';
import { type AdapterOptions, createAdapter, type GrantkeeperStore } from '../src/index.ts';

export const CLIENT = PAGE_GRANT.client_id;
export const PERSON = PAGE_GRANT.user_id;
export const RESOURCE = PAGE_GRANT.resource;
const REDIRECT = 'http://127.0.0.1:9/callback';
const SCOPE = 'openid offline_access mcp';

/** An oidc-provider on the store of a service, in this process, and a client of it. */
export class AuthorizationServer {
  readonly #service: Service;
  #mongo: MongoClient | undefined;
  #server: Server | undefined;
  #config: client.Configuration | undefined;
  store: GrantkeeperStore | undefined;

  /** Client documents that others publish, by their address. */
  readonly documents = new Map<string, object>();

  /** Carries out each command that the provider gives the database. */
  perform: (command: () => Promise<unknown>, name: string) => Promise<unknown> = (command) => command();

  readonly #open: (options: AdapterOptions) => GrantkeeperStore;

  /** @param open how the provider is put on the store */
  constructor(service: Service, open = createAdapter) {
    this.#service = service;
    this.#open = open;
  }

  /** @param uri of the database, or of a line that leads to it */
  async start(uri = this.#service.uri): Promise<void> {
    this.#mongo = await new MongoClient(uri, { w: 'majority' }).connect();
    const store = this.#open({
      db: this.#watched(this.#mongo.db()),
      place: ({ resources: [resource = RESOURCE] }) => ({
        account_id: PAGE_GRANT.account_id,
        project_id: PAGE_GRANT.project_id,
        resource,
      }),
    });
    this.store = store;
    await store.createIndexes();
    this.#server = createServer().listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const issuer = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    const provider = new Provider(issuer, {
      ...CONFIGURATION,
      adapter: store.adapter,
      fetch: async (url) => Response.json(this.documents.get(`${url}`) ?? null),
    });
    store.attach(provider);
    this.#server.on('request', provider.callback());
    const insecure = { execute: [client.allowInsecureRequests] };
    this.#config = await client.discovery(new URL(issuer), CLIENT, 'secret', undefined, insecure);
  }

  async stop(): Promise<void> {
    this.#server?.close();
    this.#server?.closeAllConnections();
    await this.#mongo?.close();
  }

  #watched(db: Db): Db {
    const collection = (name: string) =>
      new Proxy(db.collection(name), {
        get: (target, method) => {
          const work: unknown = Reflect.get(target, method);
          if (typeof work !== 'function') return work;
          return (...given: unknown[]) =>
            this.perform(async () => Reflect.apply(work, target, given), `${name}.${String(method)}`);
        },
      });
    return new Proxy(db, {
      get: (target, name) => (name === 'collection' ? collection : Reflect.get(target, name)),
    });
  }

  get config(): client.Configuration {
    if (!this.#config) throw new Error('the authorization server has not been started');
    return this.#config;
  }

  /** A public client, known by the document that it publishes. */
  publicClient(clientId: string): client.Configuration {
    const insecure = new client.Configuration(
      this.config.serverMetadata(),
      clientId,
      undefined,
      client.None(),
    );
    client.allowInsecureRequests(insecure);
    return insecure;
  }

  /**
   * The code flow with PKCE and a resource indicator, from sign-in to a code, as a browser and a client do it.
   *
   * @param cookies of the browser, by name
   * @returns exchanges the code for tokens
   */
  async authorize({
    as = this.config,
    scope = SCOPE,
    cookies = new Map<string, string>(),
  } = {}): Promise<() => Promise<client.TokenEndpointResponse>> {
    const code_verifier = client.randomPKCECodeVerifier();
    const start = client.buildAuthorizationUrl(as, {
      redirect_uri: REDIRECT,
      scope,
      resource: RESOURCE,
      prompt: 'consent',
      code_challenge: await client.calculatePKCECodeChallenge(code_verifier),
      code_challenge_method: 'S256',
    });
    const callback = await this.#browse(start, cookies);
    const checks = { pkceCodeVerifier: code_verifier };
    return () => client.authorizationCodeGrant(as, callback, checks, { resource: RESOURCE });
  }

  /** The same, and exchanges the code. */
  async signIn(options: Parameters<typeof this.authorize>[0] = {}): Promise<client.TokenEndpointResponse> {
    return (await this.authorize(options))();
  }

  /** Follows redirects, signs in and consents, until the client is called back. */
  async #browse(start: URL, cookies: Map<string, string>): Promise<URL> {
    let url = start;
    let body: URLSearchParams | undefined;
    for (let hop = 0; hop < 20; hop += 1) {
      const response = await fetch(url, {
        method: body ? 'POST' : 'GET',
        redirect: 'manual',
        headers: { Cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
        ...(body ? { body } : {}),
      });
      for (const cookie of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
        cookies.set(name, value);
      }
      const location = response.headers.get('location');
      if (location?.startsWith(REDIRECT)) return new URL(location);
      const page = await response.text();
      body = undefined;
      if (location) url = new URL(location, url);
      else {
        const [, prompt = ''] = /name="prompt" value="(\w+)"/.exec(page) ?? [];
        if (!prompt) throw new Error(`${response.status}: ${page.slice(0, 500)}`);
        const [, action = ''] = /action="([^"]+)"/.exec(page) ?? [];
        url = new URL(action, url);
        body = new URLSearchParams({ prompt, login: PERSON, password: 'any' });
      }
    }
    throw new Error('the browser is going in circles');
  }

  refresh(token: string): Promise<client.TokenEndpointResponse> {
    return client.refreshTokenGrant(this.config, token);
  }

  async revoke(token: string): Promise<void> {
    await client.tokenRevocation(this.config, token);
  }

  async isActive(token: string): Promise<boolean> {
    return (await client.tokenIntrospection(this.config, token)).active;
  }
}

const CONFIGURATION: Configuration = {
  clients: [
    {
      client_id: CLIENT,
      client_secret: 'secret',
      client_name: 'Claude Code',
      redirect_uris: [REDIRECT],
      grant_types: ['authorization_code', 'refresh_token'],
      scope: SCOPE,
    },
  ],
  scopes: ['openid', 'offline_access', 'mcp'],
  cookies: { keys: ['test'] },
  rotateRefreshToken: true,
  issueRefreshToken: () => true,
  features: {
    clientIdMetadataDocument: { enabled: true, ack: 'draft-02' },
    introspection: { enabled: true },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: true,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({ scope: 'mcp', accessTokenFormat: 'opaque' }),
    },
  },
  findAccount: (_ctx, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
};

/** An authorization server for the tests of one file. */
export function useAuthorizationServer(service: Service, open = createAdapter): AuthorizationServer {
  const server = new AuthorizationServer(service, open);
  beforeAll(() => server.start());
  afterAll(() => server.stop());
  return server;
}
