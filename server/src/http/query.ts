import type { ErrorRequestHandler, Request, RequestHandler } from 'express';
import { error } from 'express-openapi-validator';
import type { OpenApiRequest } from 'express-openapi-validator/dist/framework/types.js';
import type { ReportedFault } from './validation-errors.ts';

/*
 * What the validator does not see in a query, or would report without the rest. Both handlers belong behind it: it
 * says which operation was asked for.
 */

/** Refuses parameters that the operation does not have, and numbers in writings that are not its document's. */
export const strictQuery: RequestHandler = (req, _res, next) => {
  const errors = queryFaults(req);
  if (errors.length > 0) throw new error.BadRequest({ path: req.path, message: 'is not valid', errors });
  next();
};

/** Names these too where the validator refused a request, so that a client learns of all its faults at once. */
export const withQueryFaults: ErrorRequestHandler = (cause, req, _res, next) => {
  if (cause instanceof error.BadRequest) cause.errors.unshift(...queryFaults(req));
  next(cause);
};

type Fault = ReportedFault & { path: string; message: string };

function queryFaults(req: Request): Fault[] {
  const known = queryParameters(req);
  // As it was sent: the validator makes `0x10`, `1e2` and `Infinity` the numbers that JavaScript takes them for.
  const sent = new URLSearchParams(req.originalUrl.split('?', 2)[1]);
  const fault = (name: string, message: string) => ({ path: `/query/${name}`, message });
  return [...new Set(sent.keys())].flatMap((name) => {
    const type = known.get(name);
    if (type === undefined) return [fault(name, 'is not a parameter of this operation')];
    const values = sent.getAll(name);
    if (values.includes('')) return [fault(name, 'must not be empty')];
    const isWhole = values.every((value) => /^-?\d+$/.test(value));
    return type === 'integer' && !isWhole ? [fault(name, 'must be a whole number in decimal digits')] : [];
  });
}

/** The types of an operation's parameters in the query, by their names. */
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
