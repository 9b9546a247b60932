import type { RequestHandler } from 'express';
import { Failure } from './failure.ts';

/** For a path that takes POST and nothing else: the rest is a 405. */
export const onlyPost: RequestHandler = (req, _res, next) => {
  if (req.method === 'POST') next();
  else throw new Failure('method-not-allowed', 'This path takes POST.', { headers: { Allow: 'POST' } });
};
