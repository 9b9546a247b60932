import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import express, { type ErrorRequestHandler, type Request, type RequestHandler } from 'express';
import { middleware as validator } from 'express-openapi-validator';
import type { OpenAPIV3 } from 'express-openapi-validator/dist/framework/types.js';
import { withClearChoices } from './clear-choices.ts';
import { Failure, type FieldFailure } from './failure.ts';
import { strictQuery, withQueryFaults } from './query.ts';
import type { ReportedFault } from './validation-errors.ts';

type Document = OpenAPIV3.DocumentV3_1;

type Handler = RequestHandler | ErrorRequestHandler;

export interface ValidationOptions {
  /** The largest request body taken, in bytes. */
  bodyLimit: number;
  /** Whether answers are checked too. */
  validateResponses: boolean;
}

/**
 * The middleware that lets only requests through that a document allows, with its defaults filled in: one
 * express-openapi-validator, and around it what that one does not see to.
 */
export function validation(document: Document, options: ValidationOptions): Handler[] {
  return [
    express.json({ limit: options.bodyLimit, strict: false, type: isJsonToRead, verify: refuseUnreadable }),
    wellFormedOnly,
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

/** Only a POST of ours has a body; whatever comes with other methods stays unread. */
function isJsonToRead(req: IncomingMessage): boolean {
  return req.method === 'POST' && JSON_TYPE.test(req.headers['content-type'] ?? '');
}

const JSON_TYPE = /^application\/json\s*(;|$)/i;

/** For an operation that needs a body: the parser takes an empty one for `{}`, and the validator none for a valid one. */
export const bodyNeeded: RequestHandler = (req, _res, next) => {
  if (req.body === undefined || req.headers['content-length'] === '0') {
    throw invalid('The request needs a body.', [{ in: 'body', field: '', detail: 'is missing' }]);
  }
  next();
};

/**
 * An answer that is not what the document says is our fault: a 500. Only a text that is longer than the published page
 * foresaw is passed on, for it is what the store holds, and the client can show it.
 */
function refuseAnswer(error: Error & { errors?: ReportedFault[] }, _body: unknown, req: Request): void {
  const isTooLong = ({ errorCode }: ReportedFault) => errorCode === 'maxLength.openapi.validation';
  if (!error.errors?.every(isTooLong)) throw error;
  req.log.warn({ faults: error.errors }, 'an answer holds a text that is longer than its document says');
}

function invalid(detail: string, fields: FieldFailure[]): Failure {
  return new Failure('invalid-request', detail, { fields });
}

/** More values than any document's body may hold, many times over. */
const MOST_COMMAS = 20_000;
const COMMA = ','.charCodeAt(0);

/**
 * What must not even be parsed. The validator lists every fault it finds: millions of bad values in one list would
 * keep it busy for seconds. And bytes that are no UTF-8 would be read as other characters than were sent.
 */
function refuseUnreadable(req: IncomingMessage, _res: unknown, body: Buffer): void {
  // As if it had said so: one that comes in chunks tells its length only now.
  if (body.length === 0) req.headers['content-length'] = '0';
  const charset = /charset="?([^\s;"]+)/i.exec(req.headers['content-type'] ?? '')?.[1] ?? 'utf-8';
  if (charset.toLowerCase() !== 'utf-8') {
    throw new Failure('unsupported-media-type', 'Send the body as application/json in UTF-8.');
  }
  if (!isUtf8(body)) throw invalid('The request body is not valid UTF-8.', []);
  let commas = 0;
  for (const byte of body) if (byte === COMMA) commas += 1;
  if (commas > MOST_COMMAS) throw new Failure('payload-too-large', 'The request body holds too many values.');
}

/** Text that the database cannot hold as it is: it would become other text, and so choose what nobody named. */
const wellFormedOnly: RequestHandler = (req, _res, next) => {
  const [, query = ''] = req.originalUrl.split('?', 2);
  if (!isDecodable(query)) {
    const detail = 'is not valid UTF-8 behind its percent signs';
    throw invalid(`The query ${detail}.`, [{ in: 'query', field: '', detail }]);
  }
  const fault = malformedText(req.body);
  if (fault !== undefined) {
    const fields: FieldFailure[] = [{ in: 'body', field: fault, detail: 'holds half of a surrogate pair' }];
    throw invalid(`${fault || 'the body'} holds half of a surrogate pair.`, fields);
  }
  next();
};

function isDecodable(query: string): boolean {
  try {
    decodeURIComponent(query.replaceAll(/%(?![\da-f]{2})/gi, ''));
    return true;
  } catch {
    return false;
  }
}

/** The JSON pointer of a text that is not well formed. Takes any depth: what is nested is up to the client. */
function malformedText(body: unknown): string | undefined {
  const left: [pointer: string, value: unknown][] = [['', body]];
  for (let next = left.pop(); next; next = left.pop()) {
    const [pointer, value] = next;
    if (typeof value === 'string' && !value.isWellFormed()) return pointer;
    if (typeof value !== 'object' || value === null) continue;
    for (const [key, item] of Object.entries(value)) {
      if (!key.isWellFormed()) return pointer;
      left.push([`${pointer}/${key}`, item]);
    }
  }
  return undefined;
}

/**
 * The validator compiles and keeps a schema for every spelling of Content-Type it meets. Two spellings are enough,
 * and a client cannot fill the memory with others.
 */
const plainContentType: RequestHandler = (req, _res, next) => {
  const given = req.headers['content-type'];
  if (given !== undefined) {
    req.headers['content-type'] = JSON_TYPE.test(given) ? 'application/json' : 'application/octet-stream';
  } else if (req.method === 'POST' && hasNoBody(req)) {
    // What is missing then is the body, and not what it says of its type.
    req.headers['content-type'] = 'application/json';
  }
  next();
};

function hasNoBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0;
}
