import { readFileSync } from 'node:fs';
import { type RequestHandler, Router } from 'express';
import type { OpenAPIV3 } from 'express-openapi-validator/dist/framework/types.js';
import type { IdempotencyKeys } from '../database/idempotency-keys.ts';
import type { Admission } from './admission.ts';
import { authenticate, type Principal, principalOf, type VerifyToken } from './bearer.ts';
import { callerOf } from './caller.ts';
import { type CallerLimits, limitCallers } from './caller-limits.ts';
import { answerErrors, type ErrorFormat, notFound } from './errors.ts';
import { IDEMPOTENCY_KEY, onceFor, REPLAYED } from './idempotency.ts';
import { linesOf, sendLines, wantsLines } from './lines.ts';
import type { Asked, OperationTable } from './operations.ts';
import { abbreviated } from './shortened.ts';
import { bodyNeeded, validation } from './validation.ts';

/** An OpenAPI document and what serves it. */
export interface Contract<Operations> {
  /** The document's name: `openapi/bundled/<name>.json`. */
  document: string;
  /** What its paths begin with, one of these. No two documents may share one: their validators would interfere. */
  basePaths: string[];
  operations: OperationTable<Operations>;
  errors: ErrorFormat;
  /** The largest request body accepted, in bytes; 100 KiB by default. */
  bodyLimit?: number;
  /** Throws the `Failure` for a principal who may use none of the operations; runs before the request is validated. */
  authorize?(principal: Principal): void;
}

const DEFAULT_BODY_LIMIT = 100 * 1024;

export interface ContractOptions {
  verifyToken: VerifyToken;
  /** Check every response against the document too; a mismatch becomes a 500. For every environment but production. */
  validateResponses: boolean;
  /** Keeps the keys of operations that declare the header `idempotency-key`. */
  keys: IdempotencyKeys;
  /** How much each caller may ask for; no limits by default. */
  limits?: CallerLimits | undefined;
  /** Carries operations out. Its `refuseIfFull` is for the app to mount, before what it does for every request. */
  admission: Admission;
}

/**
 * The whole HTTP surface of one document, to mount at the root: it leaves alone what is not below its base paths. The
 * document drives it: it says which routes exist, what a valid request is and, through its generated types, what each
 * operation takes and returns.
 */
export function serveContract<Operations>(contract: Contract<Operations>, options: ContractOptions): Router {
  const document = readDocument(contract.document);
  const routes = routesOf(document);
  const router = Router();
  const { basePaths } = contract;
  router.use(basePaths, neverCached, namedAs(routes), authenticate(options.verifyToken));
  if (options.limits) router.use(basePaths, limitCallers(options.limits));
  router.use(basePaths, (_req, res, next) => {
    contract.authorize?.(principalOf(res));
    next();
  });
  const { bodyLimit = DEFAULT_BODY_LIMIT } = contract;
  router.use(basePaths, validation(document, { ...options, bodyLimit, memory: options.admission }));
  for (const { method, path, operationId, needsBody, list, isKeyed } of routes) {
    if (!isOperation(contract.operations, operationId)) throw new Error(`nothing serves ${operationId}`);
    const route = router.route(path);
    if (needsBody) route[method](bodyNeeded);
    const keys = isKeyed ? options.keys : undefined;
    route[method](
      operationHandler(contract.operations, operationId, { list, keys, admission: options.admission }),
    );
  }
  router.use(basePaths, notFound, answerErrors(contract.errors));
  return router;
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** The document, with the parameters of operations in their places: neither the validator nor we follow references there. */
function readDocument(name: string): OpenAPIV3.DocumentV3_1 {
  const file = new URL(`../../../openapi/bundled/${name}.json`, import.meta.url);
  const document: OpenAPIV3.DocumentV3_1 = JSON.parse(readFileSync(file, 'utf8'));
  const named = document.components?.parameters ?? {};
  for (const item of Object.values(document.paths ?? {})) {
    for (const method of METHODS) {
      const operation = item[method];
      if (!operation?.parameters) continue;
      operation.parameters = operation.parameters.map((one) =>
        '$ref' in one ? (named[one.$ref.replace(/^.*\//, '')] ?? one) : one,
      );
    }
  }
  return document;
}

function routesOf({ paths }: OpenAPIV3.DocumentV3_1) {
  return Object.entries(paths ?? {}).flatMap(([template, item]) =>
    METHODS.flatMap((method) => {
      const { operationId, requestBody, responses, parameters = [] } = item[method] ?? {};
      if (!operationId) return [];
      const needsBody =
        requestBody !== undefined && 'required' in requestBody && requestBody.required === true;
      return [
        {
          method,
          operationId,
          needsBody,
          list: linesOf(responses),
          isKeyed: parameters.some((one) => 'name' in one && one.name === IDEMPOTENCY_KEY),
          path: template.replace(/\{(\w+)\}/g, ':$1'),
        },
      ];
    }),
  );
}

/**
 * Says which operation a request is of, for the log and the metrics, before anything else may refuse it. Express finds
 * its routes the same way: the first that fits.
 */
function namedAs(routes: ReturnType<typeof routesOf>): RequestHandler {
  const named = routes.map(({ method, path, operationId }) => ({
    method: method.toUpperCase(),
    pattern: new RegExp(`^${path.replace(/:\w+/g, '[^/]+')}/?$`, 'i'),
    operationId,
  }));
  return (req, res, next) => {
    const path = `${req.baseUrl}${req.path}`;
    const found = named.find(({ method, pattern }) => method === req.method && pattern.test(path));
    res.locals.operation = found?.operationId;
    next();
  };
}

function isOperation<Operations>(
  table: OperationTable<Operations>,
  id: string,
): id is keyof Operations & string {
  return Object.hasOwn(table, id);
}

/** What all operations return. */
interface Result {
  status: number;
  body?: object;
  changed?: false;
  headers?: Record<string, string>;
}

function operationHandler<Operations, Id extends keyof Operations>(
  table: OperationTable<Operations>,
  operationId: Id & string,
  {
    list,
    keys,
    admission,
  }: { list: string | undefined; keys: IdempotencyKeys | undefined; admission: Admission },
): RequestHandler {
  return async (req, res) => {
    const { params, query, headers, body } = req;
    const principal = principalOf(res);
    const { user_id, client_id = null } = principal;
    const asked: Asked = { by: { user_id, client_id }, request_id: `${req.id}`, operation: operationId };
    let isReplayed = false;
    const onReplay = () => {
      isReplayed = true;
      res.set(REPLAYED, 'true');
    };
    const once =
      keys &&
      onceFor(
        {
          principal,
          header: req.get(IDEMPOTENCY_KEY),
          content: { operation: operationId, params, query, body },
        },
        { keys, log: req.log, onReplay },
      );
    // The validator has just made the request match the document, and so the input's type.
    const input = { params, query, headers, body, principal, asked, once } as Parameters<
      OperationTable<Operations>[Id]
    >[0];
    const noteChange = (result: Result) => {
      if (req.method === 'GET' || result.changed === false) return;
      const request = { principal, params, query, ...(body === undefined ? {} : { body }) };
      const told = Object.entries(request).map(([name, value]) => [name, abbreviated(value)]);
      req.log.info(
        { operation: operationId, ...Object.fromEntries(told), result: abbreviated(result.body) },
        isReplayed ? 'answered as before' : 'changed',
      );
    };
    const result = await admission.carryOut(req, callerOf(principal), async (): Promise<Result> => {
      const done = await table[operationId](input);
      // Here, because the work may end after its client was told that it takes too long.
      noteChange(done);
      return done;
    });
    res.status(result.status).set(result.headers ?? {});
    if (result.body === undefined) res.end();
    else if (list !== undefined && wantsLines(req)) sendLines(req, res, result.body, list);
    else res.json(result.body);
    admission.watch(res);
  };
}

/**
 * Responses are about people and change at any moment: no cache may keep them, or revalidate its copy. A HEAD is
 * handled as the GET it stands for (RFC 9110, section 9.3.2); Node omits the body.
 */
const neverCached: RequestHandler = (req, res, next) => {
  if (req.method === 'HEAD') req.method = 'GET';
  delete req.headers['if-none-match'];
  delete req.headers['if-modified-since'];
  res.set('Cache-Control', 'no-store');
  next();
};
