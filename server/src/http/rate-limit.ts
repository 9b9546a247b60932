import type { RequestHandler } from 'express';
import { rateLimit } from 'express-rate-limit';
import { Failure } from './failure.ts';

/**
 * Middleware that lets so many requests a minute through from each address; a 429 with `Retry-After` answers the rest.
 * Every process counts for itself, in memory, and forgets an address when its minute is over. Of an IPv6 address the
 * first 56 bits count.
 */
export function limitRate(requestsPerMinute: number): RequestHandler {
  return rateLimit({
    limit: requestsPerMinute,
    windowMs: 60_000,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    // Whoever is no proxy of ours may send any header; TRUSTED_PROXIES says how many to believe.
    validate: { xForwardedForHeader: false },
    handler: (_req, _res, next) => {
      next(new Failure('too-many-requests', 'Too many requests. Wait as long as Retry-After says.'));
    },
  });
}
