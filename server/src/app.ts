import type { RequestListener } from 'node:http';
import cors from 'cors';
import express, { type RequestHandler } from 'express';
import helmet from 'helmet';
import type { Logger } from 'pino';
import { accountGrants } from './account-grants/contract.ts';
import type { Database } from './database/connect.ts';
import { IdempotencyKeys } from './database/idempotency-keys.ts';
import { DatabaseSlow } from './database/unavailable.ts';
import { feedbackEndpoint } from './docs/feedback.ts';
import { LIBRARY, portal, portalIsBuilt } from './docs/portal.ts';
import type { GrantModel } from './grants/read-model/model.ts';
import { Admission, type AdmissionLimits } from './http/admission.ts';
import type { VerifyToken } from './http/bearer.ts';
import type { CallerLimits } from './http/caller-limits.ts';
import type { Clock } from './http/clock.ts';
import { serveContract } from './http/contract.ts';
import { answerErrors, notFound } from './http/errors.ts';
import type { KeysTrouble } from './http/issuer-keys.ts';
import { requestLog } from './http/logging.ts';
import { ownAddress, prefixOf } from './http/own-address.ts';
import { fromOwnHost } from './http/own-host.ts';
import { problemDetails } from './http/problem.ts';
import { readQuery } from './http/query.ts';
import { refuseUnreadable, withReadTargets } from './http/request-target.ts';
import { inTime } from './in-time.ts';
import { mcpEndpoint } from './mcp/endpoint.ts';
import { openLibrary } from './mcp/open-library.ts';
import { meGrants } from './me-grants/contract.ts';
import { oauthGrants } from './oauth-grants/contract.ts';
import { sharedFor } from './shared-for.ts';
import { userConsentScopes } from './user-consent-scopes/contract.ts';

export interface AppDependencies {
  database: Database;
  grantModel: GrantModel;
  verifyToken: VerifyToken;
  /** The client of our own issuer, if that is the one in use. */
  ownClient?: string | undefined;
  /** Reports what is wrong with the issuer's keys, if anything. */
  keysTrouble?: (() => KeysTrouble | undefined) | undefined;
  /** Aborted when the server is told to stop: long work ends early, with a response that says so. */
  stopping: AbortSignal;
  clock: Clock;
  log: Logger;
  /** Counts requests for metrics, if they are on. */
  ofRequests?: RequestHandler | undefined;
  /** Whether the server has taken in what it found at its start; always true by default. */
  isReady?: () => boolean;
  /** Origins whose pages may call this API; `*` for any, empty for none. */
  corsOrigins: string[];
  /** The names that clients may call the server by; undefined for any. */
  names: string[] | undefined;
  /** Where clients reach the server, if configured. */
  publicUrl?: URL | undefined;
  /** How many of our own proxies are in front: what they say about a request's origin is believed. */
  proxies: number;
  validateResponses: boolean;
  /** How much each caller may ask for; no limits by default. */
  limits?: CallerLimits | undefined;
  /** How much the server takes on at a time; no limits by default. */
  admissionLimits?: AdmissionLimits;
  /** The demo; only if the server is its own issuer, on loopback and on the embedded database. */
  demo?: Demo | undefined;
}

/** What people try the API with. */
export interface Demo {
  /** The example pages, and tokens for the demo's people. */
  pages: RequestHandler;
  /** The authorization server that they sign in to. */
  idp: RequestHandler;
  /** A third-party app, which they give access to their account. */
  thirdPartyApp: RequestHandler;
}

/** The whole HTTP surface. Gets everything it needs passed in; reads no environment and connects to nothing. */
export function createApp({
  database,
  grantModel,
  ownClient,
  keysTrouble,
  stopping,
  clock,
  log,
  ofRequests,
  corsOrigins,
  names,
  publicUrl,
  proxies,
  isReady = () => true,
  demo,
  verifyToken,
  validateResponses,
  limits,
  admissionLimits,
}: AppDependencies): RequestListener {
  const app = express();
  const address = ownAddress({ publicUrl, names, proxies });
  const keys = new IdempotencyKeys(database.collections, clock);
  const admission = new Admission(admissionLimits, log);
  const contracts = {
    grants: oauthGrants(grantModel, stopping),
    account: accountGrants(grantModel, ownClient),
    me: meGrants(grantModel, ownClient),
    scopes: userConsentScopes(database.collections),
  };
  const options = { verifyToken, validateResponses, keys, limits, admission };
  app.set('etag', false);
  app.set('query parser', readQuery);
  app.set('trust proxy', proxies);
  if (ofRequests) app.use(ofRequests);
  const forOrigins = allowOrigins(corsOrigins);
  for (const { basePaths, errors } of Object.values(contracts)) {
    app.use(basePaths, admission.refuseIfFull(errors, forOrigins));
  }
  app.use(requestLog(log), helmet(), forOrigins);
  app.use(refuseUnreadable);

  app.get('/healthz', (_req, res) => {
    res.json({ status: 'ok' });
  });
  const askDatabase = sharedFor(
    READY_KEPT_MS,
    () => clock().getTime(),
    () => {
      const asking = Promise.all([database.ping(), grantModel.backlog.progress()]);
      return inTime(asking, READY_LIMIT_MS, () => new DatabaseSlow(READY_LIMIT_MS));
    },
  );
  app.get('/readyz', async (_req, res) => {
    const [, backlog] = await askDatabase();
    // Still ready: known keys remain usable, and without any, our own 503 says more than a load balancer's.
    const issuer_keys = keysTrouble?.();
    res.status(isReady() ? 200 : 503).json({
      status: isReady() ? 'ok' : 'taking in rows',
      ...(backlog && { backlog }),
      ...(issuer_keys && { issuer_keys }),
    });
  });

  const { grants, account, me, scopes } = contracts;
  app.use(serveContract(grants, options), serveContract(account, options));
  app.use(serveContract(me, options), serveContract(scopes, options));
  if (demo) {
    const fromPages = fromOwnHost(names, corsOrigins);
    // People are signed in here with cookies: no other origin may send a form in their name, allowed or not.
    const fromOwnForms = fromOwnHost(names);
    app.use('/app', fromPages, demo.pages);
    app.use('/demo-idp', (req, res, next) =>
      (FOR_SCRIPTS.has(req.path) ? fromPages : fromOwnForms)(req, res, next),
    );
    app.use('/demo-app', fromOwnForms);
    app.use('/demo-idp', demo.idp);
    app.use('/demo-app', demo.thirdPartyApp);
  }

  // Relative, because a proxy may strip a prefix; if the proxy names it, this also works for the prefix without a
  // slash.
  if (portalIsBuilt()) {
    app.get('/', (req, res) => {
      const prefix = prefixOf(req, proxies);
      res.redirect(prefix ? `${prefix}/docs/` : 'docs/');
    });
  }
  app.use('/docs/feedback', feedbackEndpoint(database.collections, clock, admission));
  app.use('/docs', portal(undefined, address));
  app.use('/mcp', mcpEndpoint(openLibrary(LIBRARY), fromOwnHost(names, corsOrigins), address, admission));

  app.use(notFound, answerErrors(problemDetails));
  return withReadTargets(app);
}

/** How long `/readyz` waits for the database, in milliseconds: whoever asks must not wait longer than a second. */
const READY_LIMIT_MS = 900;

/** How long `/readyz` says again what the database said, in milliseconds: it costs the same however many ask. */
const READY_KEPT_MS = 1_000;

/** What the pages at `/app/` call of the demo's authorization server. It reads no cookies there. */
const FOR_SCRIPTS = new Set(['/.well-known/openid-configuration', '/token']);

function allowOrigins(origins: string[]): RequestHandler {
  if (origins.length === 0) return (_req, _res, next) => next();
  return cors({
    origin: origins.includes('*') ? '*' : origins,
    methods: ['GET', 'POST', 'DELETE'],
    allowedHeaders: [
      'Authorization',
      'Content-Type',
      'X-Request-Id',
      'Idempotency-Key',
      'logto-verification-id',
      // Added by MCP clients and tracing libraries on their own.
      'MCP-Protocol-Version',
      'Mcp-Method',
      'Mcp-Name',
      'traceparent',
      'tracestate',
      'baggage',
      'sentry-trace',
    ],
    exposedHeaders: [
      'X-Request-Id',
      'WWW-Authenticate',
      'Retry-After',
      'Allow',
      'Link',
      'Total-Number',
      'Idempotency-Replayed',
      'RateLimit',
      'RateLimit-Policy',
    ],
    maxAge: 600,
  });
}
