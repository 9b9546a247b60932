import type { ErrorRequestHandler, RequestHandler } from 'express';
import { CHALLENGE } from './bearer.ts';
import { Failure, toFailure } from './failure.ts';

/** How one document writes its errors. */
export interface ErrorFormat {
  contentType: string;
  /** The body for a failure; `requestId` is what the answer's X-Request-Id says. */
  body(failure: Failure, requestId: string): object;
}

/** Answers whatever was thrown, in the document's own shape. Nothing of a 500's cause reaches the client. */
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

/** For the end of a router: what got this far is nowhere in it. */
export const notFound: RequestHandler = () => {
  throw new Failure('not-found', 'There is nothing at this path.');
};
