import type { RequestHandler, Response } from 'express';
import {
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  jwtVerify,
} from 'jose';
import { callerOf } from './caller.ts';
import { BadClaim, type Principal, readClaims } from './claims.ts';
import type { Clock } from './clock.ts';
import { Failure, type FailureReason } from './failure.ts';

export type { Principal };

/** Returns the principal of an access token, or throws the `Failure` for the client. */
export type VerifyToken = (token: string) => Promise<Principal>;

/** An issuer whose access tokens are accepted, if they are for the audience and signed with a key of its own. */
export interface TrustedIssuer {
  /** The `iss` of its tokens. Read for each token: one on this very server has no address until the server listens. */
  readonly issuer: string;
  audience: string;
  keys: JWTVerifyGetKey;
  /** Fetches keys that the issuer may have published since; returns false if it was asked only just now. */
  renewKeys?: (() => Promise<boolean>) | undefined;
}

export interface TokenVerification {
  /** The first one is also who checks, and so refuses, tokens that name none of them. */
  issuers: readonly [TrustedIssuer, ...TrustedIssuer[]];
  clock: Clock;
}

const CLOCK_TOLERANCE_SECONDS = 60;
/** The signatures that are accepted: none with a shared secret. */
export const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

/**
 * Creates the check of access tokens: JWTs as RFC 9068 profiles them (section 4), so `typ` must be `at+jwt`, which
 * keeps out ID tokens of the same issuer. Asymmetric signatures only.
 */
export function createTokenVerifier({ issuers, clock }: TokenVerification): VerifyToken {
  return async (token) => {
    const { issuer, audience, keys, renewKeys = async () => false } = issuerOf(token, issuers);
    const options = {
      issuer,
      audience,
      algorithms: ALGORITHMS,
      typ: 'at+jwt',
      requiredClaims: ['sub', 'exp'],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      currentDate: clock(),
    };
    try {
      return readClaims(await verifySigned(token, keysOrUnavailable(keys), options, renewKeys));
    } catch (error) {
      throw tokenFailure(error);
    }
  };
}

/**
 * Whose token it claims to be. Nothing is proved by that: it only chooses the issuer that the token is checked against,
 * and no other's keys are tried.
 */
function issuerOf(token: string, [first, ...others]: TokenVerification['issuers']): TrustedIssuer {
  if (others.length === 0) return first;
  const claimed = claimedIssuer(token);
  return others.find(({ issuer }) => issuer === claimed) ?? first;
}

/** The `iss` of a token that nobody has checked; undefined if it cannot be read. */
function claimedIssuer(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch {
    return undefined;
  }
}

/**
 * A token that names its key is verified with that key. One that names none may be signed with any key that fits, even
 * one published only recently.
 */
async function verifySigned(
  token: string,
  keys: JWTVerifyGetKey,
  options: JWTVerifyOptions,
  renewKeys: () => Promise<boolean>,
): Promise<JWTPayload> {
  try {
    return await verifyWithAny(token, keys, options);
  } catch (error) {
    const isSignedByAnother = error instanceof errors.JWSSignatureVerificationFailed && !namesKey(token);
    if (!isSignedByAnother || !(await orUnavailable(renewKeys))) throw error;
    return verifyWithAny(token, keys, options);
  }
}

/** More keys than any issuer publishes at a time; each one tried costs a signature check. */
const MAX_KEYS_TRIED = 16;

/** If several of the issuer's keys fit, as when none has a `kid` (RFC 7517, section 4.5), tries them in turn. */
async function verifyWithAny(
  token: string,
  keys: JWTVerifyGetKey,
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  try {
    return (await jwtVerify(token, keys, options)).payload;
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    let left = MAX_KEYS_TRIED;
    for await (const key of error) {
      if (left === 0) break;
      left -= 1;
      try {
        return (await jwtVerify(token, key, options)).payload;
      } catch (failed) {
        if (!(failed instanceof errors.JWSSignatureVerificationFailed)) throw failed;
      }
    }
    throw new errors.JWSSignatureVerificationFailed();
  }
}

function namesKey(token: string): boolean {
  return decodeProtectedHeader(token).kid !== undefined;
}

/** Middleware that admits only requests with a valid bearer token (RFC 6750, section 2.1). */
export function authenticate(verify: VerifyToken): RequestHandler {
  return async (req, res, next) => {
    const header = req.get('authorization');
    if (!header)
      throw unauthorized('token-missing', 'Send an access token: "Authorization: Bearer <token>".');
    const token = tokenIn(header);
    if (token === undefined) {
      throw unauthorized('token-unsupported', 'The Authorization header must be "Bearer <token>".');
    }
    res.locals.principal = await verify(token);
    next();
  };
}

/** The token of a header `Authorization`; undefined if it has none, or is of another scheme. */
function tokenIn(header: string): string | undefined {
  const [scheme = '', token = '', ...rest] = header.trim().split(/ +/);
  return scheme.toLowerCase() === 'bearer' && token && rest.length === 0 ? token : undefined;
}

/** The longest header whose token is read without checking it: refusals in a crowd must cost little. */
const MAX_CLAIMED = 8 * 1024;

/**
 * The caller that a token claims to be from, as `callerOf` has it, without checking it; undefined if none can be read, or
 * it is too long.
 */
export function claimedCaller(authorization = ''): string | undefined {
  const token = authorization.length > MAX_CLAIMED ? undefined : tokenIn(authorization);
  try {
    return token && callerOf(readClaims(decodeJwt(token)));
  } catch {
    return undefined;
  }
}

/** The principal that `authenticate` found. */
export function principalOf(res: Response<unknown, { principal?: Principal }>): Principal {
  const { principal } = res.locals;
  if (!principal) throw new Error('authenticate() must run before an operation');
  return principal;
}

/** The challenge of every 401 (RFC 6750, section 3). */
export const CHALLENGE = 'Bearer realm="grantkeeper"';

function unauthorized(reason: FailureReason, detail: string, cause?: unknown): Failure {
  const error = `error="invalid_token", error_description="${detail.replaceAll('"', "'")}"`;
  const headers = reason === 'token-invalid' ? { 'WWW-Authenticate': `${CHALLENGE}, ${error}` } : {};
  return new Failure(reason, detail, { headers, cause });
}

/** The issuer's keys could not be fetched: nothing is known about the token. */
class KeysUnavailable extends Error {}

/** Tells a token that no published key signed from keys that cannot be fetched. */
function keysOrUnavailable(keys: JWTVerifyGetKey): JWTVerifyGetKey {
  return (header, token) => orUnavailable(async () => keys(header, token));
}

async function orUnavailable<Result>(ask: () => Promise<Result>): Promise<Result> {
  try {
    return await ask();
  } catch (error) {
    if (NO_KEY.some((kind) => error instanceof kind)) throw error;
    throw new KeysUnavailable('the keys of the issuer cannot be had', { cause: error });
  }
}

const NO_KEY = [errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys, errors.JOSENotSupported];

/** A fault of the token is a 401 that names it; failing to fetch the issuer's keys is our 503. */
function tokenFailure(error: unknown): Failure {
  if (error instanceof KeysUnavailable) {
    const detail = "The issuer's keys cannot be fetched, so this token cannot be checked. Try again later.";
    return new Failure('keys-unavailable', detail, { headers: { 'Retry-After': '5' }, cause: error.cause });
  }
  return unauthorized('token-invalid', tokenFault(error), error);
}

function tokenFault(error: unknown): string {
  if (error instanceof BadClaim) return `The access token's "${error.claim}" ${error.fault}.`;
  if (error instanceof errors.JWTExpired) return 'The access token has expired.';
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'nbf' && error.reason === 'check_failed') return 'The access token is not valid yet.';
    return `The access token's "${error.claim}" is not what this API accepts.`;
  }
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) {
    return 'The access token is signed with a key that its issuer does not publish.';
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) return "The access token's signature is wrong.";
  return 'The access token is not a JWT signed with an algorithm and key that this API accepts.';
}
