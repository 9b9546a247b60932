import type { RequestHandler } from 'express';
import { rateLimit } from 'express-rate-limit';
import { Failure } from './failure.ts';

/**
 * Middleware that lets this many requests a minute through from each address; further ones get a 429 with
 * `Retry-After`. Every process counts for itself, in memory, and forgets an address when its minute is over. For IPv6,
 * the first 56 bits of the address count.
 */
export function limitRate(requestsPerMinute: number): RequestHandler {
  return rateLimit({
    limit: requestsPerMinute,
    windowMs: 60_000,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    // Clients can send any such header; TRUSTED_PROXIES says how many proxies to believe.
    validate: { xForwardedForHeader: false },
    handler: (_req, _res, next) => {
      next(new Failure('too-many-requests', 'Too many requests. Wait as long as Retry-After says.'));
    },
  });
}
