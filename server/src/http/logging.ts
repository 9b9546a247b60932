import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Request, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { pinoHttp } from 'pino-http';
import type { Principal } from './bearer.ts';
import { type Failure, failureName } from './failure.ts';
import { LogtoFailure } from './logto-errors.ts';
import { abbreviated, shortened } from './shortened.ts';
import { withoutTokens } from './without-tokens.ts';

/** The request ids accepted from a caller: nothing that could forge a log line or fill one. */
const REQUEST_ID = /^[\w.:-]{1,128}$/;

/**
 * Gives every request an id (the caller's `X-Request-Id`, or a new one), returns it in the response, and logs one line
 * when the request is done, also if its caller went away first: what was asked, by whom, how it ended and why, in how many
 * milliseconds. Headers are not logged, and what looks like a JWT in an address is redacted, so that no token ever reaches
 * the log.
 */
export function requestLog(log: Logger): RequestHandler {
  return pinoHttp<Request, Response<unknown, RequestLocals>>({
    logger: log,
    genReqId: giveId,
    customLogLevel: (_req, res, error) => (error || res.statusCode >= 500 ? 'error' : 'info'),
    customProps: (_req, res) => ({
      operation: res.locals?.operation,
      client: abbreviated(res.locals?.principal?.client_id),
      sub: abbreviated(res.locals?.principal?.user_id),
      account: abbreviated(res.locals?.principal?.account_id),
      problem: res.locals?.failure && reportOf(res.locals.failure),
    }),
    serializers: {
      req: ({ id, method, url }: { id: string; method: string; url: string }) => ({
        id,
        method,
        url: withoutTokens(url),
      }),
      res: ({ statusCode }: { statusCode: number }) => ({ statusCode }),
    },
  });
}

/** The id of a request: the caller's, or a new one. Returns it in the response, too. */
export function giveId(req: IncomingMessage, res: ServerResponse): string {
  const given = req.headers['x-request-id'];
  const id = typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
  res.setHeader('X-Request-Id', id);
  return id;
}

/** What is known of a request once it is done. */
export interface RequestLocals {
  /** The `operationId` of the contract, if the request is of an operation. */
  operation?: string;
  principal?: Principal;
  failure?: Failure;
}

/** How many invalid fields a log line names. */
const MAX_FIELDS = 20;

/**
 * Why a request failed, for the log: the problem's code, which fault a token had, and the named fields. Never the
 * token, nor the values that were sent.
 */
export function reportOf(failure: Failure): object {
  const { reason, message, fields } = failure;
  return {
    code: failure instanceof LogtoFailure ? failure.code : failureName(failure),
    reason,
    detail: withoutTokens(shortened(message, 500)),
    ...(fields.length > 0
      ? { fields: fields.slice(0, MAX_FIELDS).map((one) => ({ ...one, field: withoutTokens(one.field) })) }
      : {}),
  };
}
