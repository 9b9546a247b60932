import { setTimeout as sleep } from 'node:timers/promises';
import { trace } from '@opentelemetry/api';
import { type Logger, pino } from 'pino';
import { createApp } from './app.ts';
import type { Config } from './config.ts';
import { createIndexes } from './database/collections.ts';
import { databaseFault } from './database/connecting.ts';
import { embeddedFault } from './database/data-folder.ts';
import { type OpenedDatabase, openDatabase } from './database/open.ts';
import { RequestCounts } from './database/request-counts.ts';
import { DatabaseWatch } from './database/watch.ts';
import { GrantModel } from './grants/read-model/model.ts';
import { startUpkeep } from './grants/upkeep.ts';
import { type Address, addressFault, checkAddress } from './http/address.ts';
import { ADMISSION_LIMITS } from './http/admission.ts';
import { createTokenVerifier, type TrustedIssuer } from './http/bearer.ts';
import { IssuerKeys } from './http/issuer-keys.ts';
import { listen } from './http/listen.ts';
import { startAddress } from './http/own-address.ts';
import { isLoopback, namesOf } from './http/own-host.ts';
import { type OwnIssuer, openOwnIssuer } from './http/own-issuer.ts';
import { inTime } from './in-time.ts';
import { Metrics } from './metrics/metrics.ts';
import { onStopSignal } from './stop-signals.ts';
import { readReceivers } from './webhooks/receivers.ts';
import { Webhooks } from './webhooks/webhooks.ts';

/** How long work in flight may run after we are told to stop, in milliseconds; then it ends early and says so. */
const PATIENCE_MS = 10_000;

/** How long a stop may take, in milliseconds: less than an orchestrator waits before it kills the process. */
const STOP_LIMIT_MS = 35_000;

/** How long to wait before taking in the store's rows again after a failure, in milliseconds. */
const RETRY_MS = 2_000;

/** The signer of access tokens. Only our own issuer also signs for us; only another's keys can be out of reach. */
type TokenIssuer = Pick<OwnIssuer, 'keys'> & Partial<OwnIssuer & IssuerKeys>;

/**
 * Runs the server until SIGTERM or SIGINT stops it.
 *
 * @param options.fresh empties the embedded MongoDB first
 * @throws one error that names the variable that is wrong and says what to do
 */
export async function start(config: Config, { fresh }: { fresh: boolean }): Promise<void> {
  const log = pino({ level: config.logLevel, mixin: idOfTrace });
  const clock = () => new Date();
  const stopping = new AbortController();
  if (fresh && config.mongodbUri)
    throw new Error('--fresh empties the embedded MongoDB only: unset MONGODB_URI');
  // First, so that nothing is opened or written for a server that cannot listen.
  await checkAddress(config);
  const metricsAddress = metricsAddressOf(config);
  if (metricsAddress) await checkAddress(metricsAddress);
  const receivers = await readReceivers(config);
  const { issuer, audience, jwksUri } = config;
  const issuerKeys = jwksUri
    ? new IssuerKeys({ url: jwksUri, maxStaleSeconds: config.jwksMaxStaleSeconds, clock, log })
    : undefined;
  const { keys, sign, clientId, renewKeys, keysTrouble }: TokenIssuer =
    issuerKeys ?? (await openOwnIssuer(config.dataDir, { issuer, audience }));
  const { database, grantModel } = await openStore(config, { fresh, clock, log });
  let isReady = database.embedded;
  const noDemo = whyNoDemo(config, database);
  if (sign) log.info(noDemo === undefined ? DEMO_IS_SERVED : withoutDemo(noDemo));

  // Known once the server listens, and nobody can ask before.
  let address = '';
  const demo =
    sign && noDemo === undefined
      ? (await import('./demo/demo.ts')).openDemo({
          sign,
          collections: database.collections,
          dataDir: config.dataDir,
          audience,
          address: () => address,
          pageOrigins: pageOriginsOf(config),
          clock,
          log,
        })
      : undefined;
  const { collections } = database;
  // Without a file there are no receivers, and never will be.
  const webhooks = config.webhooksFile
    ? new Webhooks({ collections, config, receivers, clock, log })
    : undefined;
  const watch = new DatabaseWatch({ collections, clock, log });
  const metrics = metricsAddress && new Metrics({ model: grantModel, watch, webhooks, issuer: issuerKeys });
  const counts = new RequestCounts(database.collections, clock);
  const { ratePolicies: policies } = config;
  if (!policies) log.warn('RATE_LIMITS=off: callers may send any number of requests');
  const own: TrustedIssuer = { issuer, audience, keys, renewKeys };

  const app = createApp({
    database,
    grantModel,
    verifyToken: createTokenVerifier({ issuers: demo ? [own, demo.issuer] : [own], clock }),
    keysTrouble,
    ownClient: clientId,
    stopping: stopping.signal,
    clock,
    log,
    ofRequests: metrics?.ofRequests,
    isReady: () => isReady,
    corsOrigins: config.corsOrigins,
    names: namesOf(config.host, config.publicUrl),
    publicUrl: config.publicUrl,
    proxies: config.trustedProxies,
    validateResponses: !config.production,
    limits: policies && { policies, counts },
    admissionLimits: { ...ADMISSION_LIMITS, inFlight: config.maxInFlight },
    demo,
  });
  const server = await listen(app, { ...config, log }).catch((error: unknown) => {
    throw addressFault(error, config);
  });
  const metricsServer =
    metrics &&
    (await listen(metrics.serve, metricsAddress).catch((error: unknown) => {
      throw addressFault(error, metricsAddress);
    }));
  // Whatever PUBLIC_URL says: the demo is for this machine. As browsers write it: without the port if it is 80.
  address = new URL(startAddress(server.url, undefined)).origin;
  log.info({ url: server.url }, 'listening');
  if (metricsServer) log.info({ url: `${metricsServer.url}/metrics` }, 'serving metrics');
  // A large store takes long: /readyz shows the progress.
  const takenIn = isReady
    ? undefined
    : takeInStore(grantModel, stopping.signal).then(() => {
        isReady = true;
      });
  // Fetches the issuer's keys now, so that an outage before the first request finds them known.
  keysTrouble?.();
  const stopUpkeep = startUpkeep(grantModel);
  const settling = policies && counts.keepSettling(log, stopping.signal);
  const stopWebhooks = webhooks?.start();
  const stopWatch = watch.start();
  const stop = async () => {
    const longWork = setTimeout(() => stopping.abort(), PATIENCE_MS);
    await server.close();
    clearTimeout(longWork);
    stopping.abort();
    await Promise.all([stopUpkeep(), stopWebhooks?.(), grantModel.backlog.stop(), takenIn, settling]);
    await metricsServer?.close();
    await stopWatch();
    await database.close();
  };
  const stopped = new Promise<void>((resolve) => onStopSignal(resolve)).then(async () => {
    log.info('stopping: finishing the requests in flight');
    const tooLate = () =>
      new Error('stopping took too long: what the database does not answer is left undone');
    await inTime(stop(), STOP_LIMIT_MS, tooLate).catch((err: unknown) => {
      log.error({ err }, 'stopped before all was finished');
      process.exit(1);
    });
    log.info('stopped');
  });

  if (database.embedded && sign) {
    const { greeting } = await import('./demo/greeting.ts');
    process.stdout.write(await greeting(startAddress(server.url, config.publicUrl), sign, noDemo));
  }
  await stopped;
}

const DEMO_IS_SERVED =
  'serving the demo at /app, /demo-idp and /demo-app: anyone who opens it can be any of its people, without a password, on this machine and the embedded MongoDB only';

/** Other origins that the pages at `/app/` may be at. A sign-in leads there, so each must be named: `*` names none. */
function pageOriginsOf({ corsOrigins, publicUrl }: Config): string[] {
  return [...corsOrigins.filter((origin) => origin !== '*'), ...(publicUrl ? [publicUrl.origin] : [])];
}

/** For lines of the log that are written while a request is traced; without tracing, there is no span. */
function idOfTrace(): { trace_id?: string } {
  const trace_id = trace.getActiveSpan()?.spanContext().traceId;
  return trace_id === undefined ? {} : { trace_id };
}

/** Where metrics are served: at the host of the API, on a port that need not be public. */
function metricsAddressOf({ host, metricsPort }: Config): Address | undefined {
  return metricsPort === undefined ? undefined : { host, port: metricsPort, variable: 'METRICS_PORT' };
}

function withoutDemo(why: string): string {
  return `no demo and no tokens at /app, /demo-idp and /demo-app: ${why}. This server signs its own tokens: grantkeeper token prints one`;
}

/**
 * Why a server that is its own issuer has no demo; undefined if it has one. The demo's tokens are for anyone who asks, so
 * only this machine may reach them, also through no proxy, and they may show only the demo's data.
 */
function whyNoDemo({ host, publicUrl }: Config, { embedded }: OpenedDatabase): string | undefined {
  if (!embedded) return 'MONGODB_URI is set';
  if (!isLoopback(host)) return 'HOST lets others reach this server';
  if (publicUrl && !isLoopback(publicUrl.hostname)) return 'PUBLIC_URL is where others reach this server';
  return undefined;
}

interface OpenedStore {
  database: OpenedDatabase;
  grantModel: GrantModel;
}

/** Opens the database and prepares it: indexes, the demo if the database is embedded, the read model. */
async function openStore(
  { mongodbUri, dataDir, autoIndex, listWaitMs, auditDays, suspensionDays }: Config,
  { fresh, clock, log }: { fresh: boolean; clock: () => Date; log: Logger },
): Promise<OpenedStore> {
  const database = await openDatabase({ uri: mongodbUri, dataDir, log });
  try {
    if (autoIndex) await createIndexes(database.collections);
    if (database.embedded) {
      const { emptyStore, seedIfEmpty } = await import('./demo/seed.ts');
      if (fresh) await emptyStore(database.collections);
      await seedIfEmpty(database.collections, clock());
    }
    const grantModel = new GrantModel({
      collections: database.collections,
      clock,
      log,
      patience: listWaitMs,
      auditDays,
      suspensionDays,
    });
    // Embedded data is small.
    if (database.embedded) await grantModel.refreshWhole();
    return { database, grantModel };
  } catch (error) {
    throw mongodbUri === undefined ? await embeddedFault(error, dataDir) : databaseFault(error, mongodbUri);
  }
}

/**
 * Takes in what was written before the server started. Retries until that is done: the database may be away for a
 * while, or have no indexes yet.
 */
async function takeInStore(model: GrantModel, stopping: AbortSignal): Promise<void> {
  while (!stopping.aborted) {
    try {
      await model.refreshWhole();
      return;
    } catch (error) {
      if (stopping.aborted) return;
      model.log.warn({ err: error }, 'could not take in the rows of the store; trying again');
      await sleep(RETRY_MS, undefined, { signal: stopping }).catch(() => undefined);
    }
  }
}
