import { createLocalJWKSet, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { createApp } from '../src/app.ts';
import { type Collections, createIndexes } from '../src/database/collections.ts';
import { connectDatabase, type Database } from '../src/database/connect.ts';
import { RequestCounts } from '../src/database/request-counts.ts';
import { DatabaseWatch } from '../src/database/watch.ts';
import { GrantModel, type GrantModelOptions } from '../src/grants/read-model/model.ts';
import { COMPLETE } from '../src/grants/read-model/pending.ts';
import { type Store, storeOf } from '../src/grants/rows/store.ts';
import type { AdmissionLimits } from '../src/http/admission.ts';
import { createTokenVerifier } from '../src/http/bearer.ts';
import { IssuerKeys, type KeysTrouble } from '../src/http/issuer-keys.ts';
import { type Listening, listen } from '../src/http/listen.ts';
import type { RatePolicies } from '../src/http/rate-policies.ts';
import { Metrics } from '../src/metrics/metrics.ts';
import { Document } from './document.ts';
import { ownDatabase } from './own-database.ts';
import { shardStore } from './sharding.ts';

const ISSUER = 'https://issuer.example';
const AUDIENCE = 'https://grants.example';
const { privateKey, publicKey } = await generateKeyPair('ES256');
const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256' }] });
const names = ['oauth-grants', 'account-grants', 'me-grants', 'user-consent-scopes'];
const documents = await Promise.all(names.map((name) => Document.read(name)));

export interface Asking {
  /** The token's claims; without any, no Authorization header is sent. */
  as?: JWTPayload;
  headers?: Record<string, string>;
  /** Sent as JSON; text and bytes are sent as they are. */
  body?: unknown;
}

interface ServiceOptions extends Sizes {
  ownClient?: string;
  /** How many requests each caller may send; no limits by default. */
  policies?: RatePolicies;
  /** How much it takes on at a time; no limits by default. */
  admissionLimits?: AdmissionLimits;
  /** Comes between the read model and its collections. */
  around?: (store: Store) => Store;
  /** Where its issuer publishes its keys; those of `token` by default, which are known without asking. */
  jwksUri?: URL;
  /** Whether it serves metrics. */
  metrics?: boolean;
}

export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: what a test expects of a body is what it is there to say
  body: any;
}

/** How much the read model takes in one go, where that is not as in production, and how long lists wait. */
export type Sizes = Pick<GrantModelOptions, 'batchSize' | 'lookLimit' | 'patience'>;

/** The service as a client meets it: over HTTP, on the real engine, in a database of its own. */
export class Service {
  readonly #sizes: Sizes;
  /** The client of its own issuer; undefined where it trusts another's. */
  readonly #ownClient: string | undefined;
  /** What the service believes the time to be. */
  now = new Date('2026-06-01T12:00:00.000Z');
  /** What writers believe the time to be, where that is not what the service believes. */
  writing: Date | undefined;
  /** What the service is told of its issuer's keys. */
  keysTrouble: KeysTrouble | undefined;
  /** Tells the service that it is being stopped. */
  readonly stopping = new AbortController();
  readonly logged: string[] = [];
  readonly #uri = ownDatabase();
  readonly #around: (store: Store) => Store;
  readonly #policies: RatePolicies | undefined;
  readonly #admissionLimits: AdmissionLimits | undefined;
  #counts: RequestCounts | undefined;
  #database: Database | undefined;
  #model: GrantModel | undefined;
  #server: Listening | undefined;
  #metricsServer: Listening | undefined;
  readonly #jwksUri: URL | undefined;
  readonly #hasMetrics: boolean;

  constructor({
    ownClient,
    policies,
    admissionLimits,
    around = (store) => store,
    jwksUri,
    metrics = false,
    ...sizes
  }: ServiceOptions = {}) {
    this.#jwksUri = jwksUri;
    this.#hasMetrics = metrics;
    this.#sizes = sizes;
    this.#around = around;
    this.#ownClient = ownClient;
    this.#policies = policies;
    this.#admissionLimits = admissionLimits;
  }

  get database(): Database {
    if (!this.#database) throw new Error('the service has not been started');
    return this.#database;
  }

  get store(): Collections {
    return this.database.collections;
  }

  /** Where its database is. */
  get uri(): string {
    return this.#uri;
  }

  get url(): string {
    if (!this.#server) throw new Error('the service has not been started');
    return this.#server.url;
  }

  /** Where it serves metrics. */
  get metricsUrl(): string {
    if (!this.#metricsServer) throw new Error('the service has not been started with metrics');
    return `${this.#metricsServer.url}/metrics`;
  }

  get model(): GrantModel {
    if (!this.#model) throw new Error('the service has not been started');
    return this.#model;
  }

  get counts(): RequestCounts {
    if (!this.#counts) throw new Error('the service has not been started');
    return this.#counts;
  }

  /**
   * @param uri of the database; another service's, or one that leads to it, to serve the same store
   */
  async start(corsOrigins: string[] = [], uri = this.#uri): Promise<void> {
    this.#database = await connectDatabase(uri, { monitorCommands: true });
    if (uri === this.#uri) {
      await createIndexes(this.store);
      await shardStore(uri);
    }
    const clock = () => this.now;
    const log = pino({ level: 'info' }, { write: (line) => void this.logged.push(line) });
    this.#model = new GrantModel({
      collections: this.store,
      store: this.#around(storeOf(this.store)),
      clock,
      // A machine under load is no backlog.
      patience: 60_000,
      log,
      ...this.#sizes,
    });
    const issuer =
      this.#jwksUri && new IssuerKeys({ url: this.#jwksUri, maxStaleSeconds: 86_400, clock, log });
    const watch = new DatabaseWatch({ collections: this.store, clock, log });
    const metrics = this.#hasMetrics
      ? new Metrics({ model: this.#model, watch, webhooks: undefined, issuer, keptMs: 0 })
      : undefined;
    this.#counts = new RequestCounts(this.store, clock);
    const app = createApp({
      database: this.#database,
      grantModel: this.#model,
      verifyToken: createTokenVerifier({
        issuers: [
          { issuer: ISSUER, audience: AUDIENCE, keys: issuer?.keys ?? keys, renewKeys: issuer?.renewKeys },
        ],
        clock,
      }),
      ownClient: this.#ownClient,
      keysTrouble: () => this.keysTrouble,
      stopping: this.stopping.signal,
      clock,
      log,
      ofRequests: metrics?.ofRequests,
      corsOrigins,
      names: ['127.0.0.1'],
      proxies: 1,
      validateResponses: true,
      limits: this.#policies && { policies: this.#policies, counts: this.#counts },
      ...(this.#admissionLimits && { admissionLimits: this.#admissionLimits }),
    });
    this.#server = await listen(app, { host: '127.0.0.1', port: 0, log });
    this.#metricsServer = metrics && (await listen(metrics.serve, { host: '127.0.0.1', port: 0 }));
  }

  async stop(): Promise<void> {
    await this.#server?.close();
    await this.#metricsServer?.close();
    await this.#database?.close();
  }

  async empty(): Promise<void> {
    // Without the mark that the grants are complete, the next list would make their indexes again.
    const filter = { _id: { $ne: COMPLETE._id } };
    const { db } = this.store.grants;
    const models = Object.values(this.store).map(({ collection }) => ({
      name: 'deleteMany' as const,
      namespace: `${db.name}.${collection.collectionName}`,
      filter,
    }));
    await db.getClient().bulkWrite<Record<string, { _id: string }>>(models);
  }

  /** Signs an access token of the service's issuer, good for an hour of the service's time. */
  token(claims: JWTPayload, header: { typ?: string; kid?: string } = {}, key = privateKey): Promise<string> {
    const seconds = Math.floor(this.now.getTime() / 1000);
    return new SignJWT({ iss: ISSUER, aud: AUDIENCE, iat: seconds, exp: seconds + 3600, ...claims })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', ...header })
      .sign(key);
  }

  /** Asks the service, and fails the test where its answer is not what the document allows. */
  async ask(method: string, path: string, { as, headers = {}, body }: Asking = {}): Promise<Answer> {
    const url = new URL(path, this.url);
    const response = await fetch(url, {
      method,
      headers: {
        ...(as ? { Authorization: `Bearer ${await this.token(as)}` } : {}),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isSentAsIs(body) ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    for (const document of documents) document.expectAllows(method, url.pathname, response, text);
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? undefined : JSON.parse(text),
    };
  }
}

function isSentAsIs(body: unknown): body is string | Uint8Array<ArrayBuffer> {
  return typeof body === 'string' || body instanceof Uint8Array;
}

/** A service for the tests of one file, emptied before each of them. */
export function useService(options: ServiceOptions = {}): Service {
  const service = new Service(options);
  beforeAll(() => service.start());
  beforeEach(() => service.empty());
  afterAll(() => service.stop());
  return service;
}
