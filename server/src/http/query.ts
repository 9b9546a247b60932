import { type ParsedUrlQuery, parse } from 'node:querystring';
import type { ErrorRequestHandler, Request, RequestHandler } from 'express';
import { error } from 'express-openapi-validator';
import type { OpenApiRequest } from 'express-openapi-validator/dist/framework/types.js';
import { Failure } from './failure.ts';
import type { ReportedFault } from './field-failures.ts';
import { queryText } from './request-target.ts';

/**
 * The only parser of queries: Express, and so the validator and the operations, is told to use it, and what the
 * validator does not check is checked on the very same values.
 *
 * @param query without its question mark; null if there is none
 */
export function readQuery(query: string | null): ParsedUrlQuery {
  return parse(query ?? '', '&', '=', { maxKeys: 0 });
}

/** Far more than any operation has. */
const MAX_PARAMETERS = 100;

/** Rejects queries with too many parameters, or that are not UTF-8, before anything reads them. */
export const readableQuery: RequestHandler = (req, _res, next) => {
  const query = queryText(req);
  if (query.split('&', MAX_PARAMETERS + 1).length > MAX_PARAMETERS) {
    throw invalidQuery(`must not have more than ${MAX_PARAMETERS} parameters`);
  }
  if (!isDecodable(query)) throw invalidQuery('is not valid UTF-8 behind its percent signs');
  next();
};

function invalidQuery(detail: string): Failure {
  const fields = [{ in: 'query' as const, field: '', detail }];
  return new Failure('invalid-request', `The query ${detail}.`, { fields });
}

function isDecodable(query: string): boolean {
  try {
    decodeURIComponent(query.replaceAll(/%(?![\da-f]{2})/gi, ''));
    return true;
  } catch {
    return false;
  }
}

/*
 * What the validator does not see in a query, or would report without the rest. Both handlers come after it, because it
 * determines the operation.
 */

/** Rejects parameters that the operation does not have, and numbers in a notation that its document does not allow. */
export const strictQuery: RequestHandler = (req, _res, next) => {
  const errors = queryFaults(req);
  if (errors.length > 0) throw new error.BadRequest({ path: req.path, message: 'is not valid', errors });
  next();
};

/** Adds these faults when the validator has rejected a request, so that a client learns of all its faults at once. */
export const withQueryFaults: ErrorRequestHandler = (cause, req, _res, next) => {
  if (cause instanceof error.BadRequest) cause.errors.unshift(...queryFaults(req));
  next(cause);
};

type Fault = ReportedFault & { path: string; message: string };

function queryFaults(req: Request): Fault[] {
  const known = queryParameters(req);
  const fault = (name: string, message: string) => ({ path: `/query/${name}`, message });
  // As sent: the validator turns `0x10`, `1e2` and `Infinity` into the numbers that JavaScript takes them for.
  return Object.entries(readQuery(queryText(req))).flatMap(([name, sent]) => {
    const type = known.get(name);
    if (type === undefined) return [fault(name, 'is not a parameter of this operation')];
    const values = [sent].flat();
    if (values.includes('')) return [fault(name, 'must not be empty')];
    const wrong = type === 'integer' ? values.map(wholeNumberFault).find(Boolean) : undefined;
    return wrong === undefined ? [] : [fault(name, wrong)];
  });
}

/** Why a text is not a whole number that every program reads alike; undefined if it is one. */
function wholeNumberFault(text: string | undefined): string | undefined {
  if (!text || !/^-?\d+$/.test(text) || /^-0+$/.test(text)) return 'must be a whole number in decimal digits';
  const isExact = Number.isSafeInteger(Number(text));
  return isExact ? undefined : `must be between ${Number.MIN_SAFE_INTEGER} and ${Number.MAX_SAFE_INTEGER}`;
}

/** The types of an operation's query parameters, by name. */
function queryParameters({ openapi }: OpenApiRequest): Map<string, unknown> {
  const parameters = openapi && 'schema' in openapi ? (openapi.schema.parameters ?? []) : [];
  return new Map(
    parameters.flatMap((one) => {
      if (!('in' in one) || one.in !== 'query') return [];
      const { schema } = one;
      return [[one.name, schema && 'type' in schema ? schema.type : 'any']];
    }),
  );
}
