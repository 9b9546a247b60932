import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import { ipKeyGenerator } from 'express-rate-limit';
import { errors } from 'jose';
import type { RequestCounts } from '../database/request-counts.ts';
import { kindOf } from './admission.ts';
import { principalOf } from './bearer.ts';
import { callerOf } from './caller.ts';
import { Failure } from './failure.ts';
import type { RatePolicies } from './rate-policies.ts';

export interface CallerLimits {
  policies: RatePolicies;
  counts: RequestCounts;
}

/**
 * Middleware for after `authenticate`: refuses requests beyond what their caller may send, with a 429 and `Retry-After`.
 * Every response says what is left, in the headers of draft-ietf-httpapi-ratelimit-headers-10.
 *
 * A refused token counts for its address. Only further refusals become a 429: a valid token is always served, whatever
 * others at its address send, which may be that of a whole company or of a proxy.
 */
export function limitCallers(limits: CallerLimits): (RequestHandler | ErrorRequestHandler)[] {
  const ofAddress: ErrorRequestHandler = (error, req, res, next) => {
    if (!(error instanceof Failure) || error.status !== 401) return next(error);
    // Its signature was right: its client must hear that it has expired, or it would not ask for another.
    if (error.cause instanceof errors.JWTExpired) return next(error);
    // An IPv6 network of 56 bits is one subscriber's.
    const isAdmitted = take(limits, 'unauthorized', ipKeyGenerator(req.ip ?? '', 56), res);
    next(
      isAdmitted ? error : tooMany('Too many requests without a valid access token come from this address.'),
    );
  };
  const ofCaller: RequestHandler = (req, res, next) => {
    if (take(limits, kindOf(req.method), callerOf(principalOf(res)), res)) return next();
    throw tooMany('This caller has sent as many requests as RateLimit-Policy admits. Nothing was changed.');
  };
  return [ofAddress, ofCaller];
}

/** Counts a request and says so in its response; returns whether it is admitted. */
function take(
  { policies, counts }: CallerLimits,
  policy: keyof RatePolicies,
  caller: string,
  res: Response,
): boolean {
  const quota = policies[policy];
  const { isAdmitted, remaining, reset } = counts.take(`${policy} ${caller}`, quota);
  res.set('RateLimit-Policy', `"${policy}";q=${quota.requests};w=${quota.seconds}`);
  res.set('RateLimit', `"${policy}";r=${remaining};t=${reset}`);
  if (!isAdmitted) res.set('Retry-After', `${reset}`);
  return isAdmitted;
}

function tooMany(why: string): Failure {
  return new Failure('too-many-requests', `${why} Repeat the request after the time in Retry-After.`);
}
