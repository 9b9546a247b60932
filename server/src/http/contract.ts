import { readFileSync } from 'node:fs';
import express, { type RequestHandler, Router } from 'express';
import { middleware as validator } from 'express-openapi-validator';
import type { OpenAPIV3 } from 'express-openapi-validator/dist/framework/types.js';
import { authenticate, principalOf, type VerifyToken } from './bearer.ts';
import { answerErrors, type ErrorFormat, notFound } from './errors.ts';
import { Failure, type FieldFailure } from './failure.ts';
import type { OperationTable } from './operations.ts';

/** A document and what serves it. */
export interface Contract<Operations> {
  /** The document's name: `openapi/bundled/<name>.json`. */
  document: string;
  /** Where all of its paths begin. No two documents may share one: their validators would get in each other's way. */
  basePath: string;
  operations: OperationTable<Operations>;
  errors: ErrorFormat;
  /** The largest request body taken, in bytes. */
  bodyLimit: number;
}

export interface ContractOptions {
  verifyToken: VerifyToken;
  /** Check every answer against the document too; one that differs becomes a 500. For everywhere but production. */
  validateResponses: boolean;
}

/**
 * The whole HTTP surface of one document, to be mounted at its base path. The document drives it: it says which
 * routes there are, what a valid request is and, by its generated types, what each operation takes and gives.
 */
export function serveContract<Operations>(contract: Contract<Operations>, options: ContractOptions): Router {
  const document = readDocument(contract.document);
  const router = Router();
  router.use(neverCached, authenticate(options.verifyToken));
  router.use(
    express.json({ limit: contract.bodyLimit, strict: false, verify: refuseHugeLists }),
    plainContentType,
  );
  router.use(
    validator({
      apiSpec: document,
      validateApiSpec: false,
      validateRequests: { allErrors: true, allowUnknownQueryParameters: false, coerceTypes: false },
      validateResponses: options.validateResponses,
      validateSecurity: false,
    }),
  );
  for (const { method, path, operationId, needsBody } of routesOf(document)) {
    if (!isOperation(contract.operations, operationId)) throw new Error(`nothing serves ${operationId}`);
    const route = router.route(path.slice(contract.basePath.length));
    if (needsBody) route[method](bodyNeeded);
    route[method](operationHandler(contract.operations, operationId));
  }
  router.use(notFound, answerErrors(contract.errors));
  return router;
}

function readDocument(name: string): OpenAPIV3.DocumentV3_1 {
  const file = new URL(`../../../openapi/bundled/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8'));
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

function routesOf({ paths }: OpenAPIV3.DocumentV3_1) {
  return Object.entries(paths ?? {}).flatMap(([template, item]) =>
    METHODS.flatMap((method) => {
      const { operationId, requestBody } = item[method] ?? {};
      if (!operationId) return [];
      const needsBody =
        requestBody !== undefined && 'required' in requestBody && requestBody.required === true;
      return [{ method, operationId, needsBody, path: template.replace(/\{(\w+)\}/g, ':$1') }];
    }),
  );
}

function isOperation<Operations>(
  table: OperationTable<Operations>,
  id: string,
): id is keyof Operations & string {
  return Object.hasOwn(table, id);
}

function operationHandler<Operations, Id extends keyof Operations>(
  table: OperationTable<Operations>,
  operationId: Id,
): RequestHandler {
  return async (req, res) => {
    const { params, query, body } = req;
    const principal = principalOf(res);
    // The validator has just made the request what the document, and so the input's type, says it is.
    const input = { params, query, body, principal } as Parameters<OperationTable<Operations>[Id]>[0];
    const result: { status: number; body?: unknown } = await table[operationId](input);
    if (req.method !== 'GET') {
      req.log.info(
        { operation: operationId, principal, params, query, body, result: result.body },
        'changed',
      );
    }
    res.status(result.status);
    if (result.body === undefined) res.end();
    else res.json(result.body);
  };
}

/** The validator takes a missing body for a valid one where the schema is a choice of several. */
const bodyNeeded: RequestHandler = (req, _res, next) => {
  if (req.body === undefined) {
    const fields: FieldFailure[] = [{ in: 'body', field: '', detail: 'is missing' }];
    throw new Failure('invalid-request', 'The request needs a body.', { fields });
  }
  next();
};

/** More values than any document's body may hold, many times over. */
const MOST_COMMAS = 20_000;

/** The validator lists every fault it finds: millions of bad values in one list would keep it busy for seconds. */
function refuseHugeLists(_req: unknown, _res: unknown, body: Buffer): void {
  let commas = 0;
  for (const byte of body) if (byte === COMMA) commas += 1;
  if (commas > MOST_COMMAS) throw new Failure('payload-too-large', 'The request body holds too many values.');
}

const COMMA = ','.charCodeAt(0);

/** Answers are about persons and change at any moment: no cache may keep them. */
const neverCached: RequestHandler = (_req, res, next) => {
  res.set('Cache-Control', 'no-store');
  next();
};

/**
 * The validator compiles and keeps a schema for every spelling of Content-Type it meets. Two spellings are enough,
 * and a client cannot fill the memory with others.
 */
const plainContentType: RequestHandler = (req, _res, next) => {
  if (req.headers['content-type'] !== undefined) {
    const isJson = /^application\/json\s*(;|$)/i.test(req.headers['content-type']);
    req.headers['content-type'] = isJson ? 'application/json' : 'application/octet-stream';
  }
  next();
};
