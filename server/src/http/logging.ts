import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { pinoHttp } from 'pino-http';
import type { Principal } from './bearer.ts';

/** What we take over as a request id from the caller: nothing that could forge a log line or fill one. */
const REQUEST_ID = /^[\w.:-]{1,128}$/;

/**
 * Gives every request an id (the caller's `X-Request-Id`, or a new one), returns it in the answer, and logs one
 * line when the request is done: what was asked, by whom, how it ended, in how many milliseconds. Headers are not
 * logged, and what looks like a JWT in an address is blotted out, so no token ever reaches the log.
 */
export function requestLog(log: Logger): RequestHandler {
  return pinoHttp<Request, Response<unknown, { principal?: Principal }>>({
    logger: log,
    genReqId(req, res) {
      const given = req.headers['x-request-id'];
      const id = typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
      res.setHeader('X-Request-Id', id);
      return id;
    },
    customLogLevel: (_req, res, error) => (error || res.statusCode >= 500 ? 'error' : 'info'),
    customProps: (_req, res) => ({
      sub: res.locals?.principal?.user_id,
      account: res.locals?.principal?.account_id,
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

/** As much of an address as a log line needs; the rest may be anything. */
const LONGEST_URL = 2_000;

function withoutTokens(url: string): string {
  return url.slice(0, LONGEST_URL).replace(/(?<![\w-])[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g, '[token]');
}
