import type { ErrorRequestHandler, RequestHandler } from 'express';
import { CHALLENGE } from './bearer.ts';
import { Failure, toFailure } from './failure.ts';

/** How one document formats its errors. */
export interface ErrorFormat {
  contentType: string;
  /** The body for a failure; `requestId` equals the response's X-Request-Id. */
  body(failure: Failure, requestId: string): object;
}

/** Responds to thrown errors in the document's own format. Nothing of a 500's cause reaches the client. */
export function answerErrors(format: ErrorFormat): ErrorRequestHandler {
  return (error, req, res, next) => {
    const failure = toFailure(error);
    res.locals.failure = failure;
    if (failure.status >= 500) res.err = failure.cause instanceof Error ? failure.cause : failure;
    if (res.headersSent) {
      next(error);
      return;
    }
    if (failure.status === 401) res.set('WWW-Authenticate', CHALLENGE);
    res.status(failure.status).set(failure.headers).type(format.contentType);
    res.json(format.body(failure, String(req.id)));
  };
}

/** Ends a router: no route matched the request. */
export const notFound: RequestHandler = () => {
  throw new Failure('not-found', 'There is nothing at this path.');
};
