import type { RequestHandler } from 'express';
import { Failure } from './failure.ts';

/** Middleware for a path that accepts only POST: other methods are a 405. */
export const onlyPost: RequestHandler = (req, _res, next) => {
  if (req.method === 'POST') next();
  else throw new Failure('method-not-allowed', 'This path takes POST.', { headers: { Allow: 'POST' } });
};
