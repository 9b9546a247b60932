import type { IncomingMessage } from 'node:http';
import type { ErrorRequestHandler, RequestHandler } from 'express';
import { middleware as validator } from 'express-openapi-validator';
import type { OpenAPIV3 } from 'express-openapi-validator/dist/framework/types.js';
import { withClearChoices } from './clear-choices.ts';
import { Failure } from './failure.ts';
import type { FieldFailure } from './field-failures.ts';
import { JSON_TYPE, jsonBody } from './json-body.ts';
import { readableQuery, strictQuery, withQueryFaults } from './query.ts';
import type { Memory } from './received-body.ts';

type Document = OpenAPIV3.DocumentV3_1;

type Handler = RequestHandler | ErrorRequestHandler;

export interface ValidationOptions {
  /** The largest request body accepted, in bytes. */
  bodyLimit: number;
  /** What holds bodies while they are received. */
  memory: Memory;
  /** Whether responses are checked too. */
  validateResponses: boolean;
}

/**
 * The middleware that admits only requests that a document allows, with its defaults filled in: one
 * express-openapi-validator, and around it the checks that it lacks.
 */
export function validation(document: Document, options: ValidationOptions): Handler[] {
  return [
    readableQuery,
    ...jsonBody({ limit: options.bodyLimit, memory: options.memory }),
    plainContentType,
    ...validator({
      apiSpec: withClearChoices(document),
      validateApiSpec: false,
      validateRequests: { allErrors: true, allowUnknownQueryParameters: true, coerceTypes: false },
      validateResponses: options.validateResponses && { onError: refuseAnswer },
      validateSecurity: false,
    }),
    withQueryFaults,
    strictQuery,
  ];
}

/**
 * For an operation that needs a body: the parser reads an empty one as `{}`, and the validator accepts a missing one.
 */
export const bodyNeeded: RequestHandler = (req, _res, next) => {
  if (req.body === undefined || req.headers['content-length'] === '0') {
    throw invalid('The request needs a body.', [{ in: 'body', field: '', detail: 'is missing' }]);
  }
  next();
};

/** A response that differs from the document is our fault: a 500, whatever the store contains. */
function refuseAnswer(error: Error): never {
  throw error;
}

function invalid(detail: string, fields: FieldFailure[]): Failure {
  return new Failure('invalid-request', detail, { fields });
}

/**
 * The validator compiles and keeps a schema for every spelling of Content-Type. Two spellings are enough, and clients
 * cannot fill the memory with others.
 */
const plainContentType: RequestHandler = (req, _res, next) => {
  const given = req.headers['content-type'];
  if (given !== undefined) {
    req.headers['content-type'] = JSON_TYPE.test(given) ? 'application/json' : 'application/octet-stream';
  } else if (req.method === 'POST' && hasNoBody(req)) {
    // Then the body is missing, not its type.
    req.headers['content-type'] = 'application/json';
  }
  next();
};

function hasNoBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] === undefined && /^0*$/.test(headers['content-length'] ?? '');
}
