import type { RequestHandler, Response } from 'express';
import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { Clock } from './clock.ts';
import { Failure, type FailureReason } from './failure.ts';

/** Who is asking, as the access token says. */
export interface Principal {
  user_id: string;
  /** The client that the token was issued to, where the token says so. */
  client_id: string | undefined;
  account_id: string | undefined;
  project_id: string | undefined;
  permissions: string[];
  scopes: string[];
}

/** Gives the principal of an access token, or throws the `Failure` that the client is to get. */
export type VerifyToken = (token: string) => Promise<Principal>;

export interface TokenVerification {
  issuer: string;
  audience: string;
  keys: JWTVerifyGetKey;
  clock: Clock;
}

const CLOCK_TOLERANCE_SECONDS = 60;
const ALGORITHMS = [
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
 * Makes the check of access tokens: JWTs as RFC 9068 profiles them (section 4), so `typ` must be `at+jwt`, which
 * keeps ID tokens of the same issuer out. Asymmetric signatures only.
 */
export function createTokenVerifier({ issuer, audience, keys, clock }: TokenVerification): VerifyToken {
  return async (token) => {
    try {
      const { payload } = await jwtVerify(token, keysOrUnavailable(keys), {
        issuer,
        audience,
        algorithms: ALGORITHMS,
        typ: 'at+jwt',
        requiredClaims: ['sub', 'exp'],
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        currentDate: clock(),
      });
      return toPrincipal(payload);
    } catch (error) {
      throw tokenFailure(error);
    }
  };
}

/** Middleware that lets a request pass only with a valid bearer token (RFC 6750, section 2.1). */
export function authenticate(verify: VerifyToken): RequestHandler {
  return async (req, res, next) => {
    const header = req.get('authorization');
    if (!header)
      throw unauthorized('token-missing', 'Send an access token: "Authorization: Bearer <token>".');
    const [scheme = '', token = '', ...rest] = header.trim().split(/ +/);
    if (scheme.toLowerCase() !== 'bearer' || !token || rest.length > 0) {
      throw unauthorized('token-unsupported', 'The Authorization header must be "Bearer <token>".');
    }
    res.locals.principal = await verify(token);
    next();
  };
}

/** The principal that `authenticate` found. */
export function principalOf(res: Response<unknown, { principal?: Principal }>): Principal {
  const { principal } = res.locals;
  if (!principal) throw new Error('authenticate() must run before an operation');
  return principal;
}

function toPrincipal(payload: JWTPayload): Principal {
  if (!payload.sub) throw new errors.JWTClaimValidationFailed('empty', payload, 'sub');
  return {
    user_id: payload.sub,
    client_id: textClaim(payload.client_id),
    account_id: textClaim(payload.account_id),
    project_id: textClaim(payload.project_id),
    permissions: Array.isArray(payload.permissions)
      ? payload.permissions.filter((item) => typeof item === 'string')
      : [],
    scopes: textClaim(payload.scope)?.split(' ') ?? [],
  };
}

function textClaim(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** What every 401 asks for (RFC 6750, section 3). */
export const CHALLENGE = 'Bearer realm="grantkeeper"';

function unauthorized(reason: FailureReason, detail: string, cause?: unknown): Failure {
  const error = `error="invalid_token", error_description="${detail.replaceAll('"', "'")}"`;
  const headers = reason === 'token-invalid' ? { 'WWW-Authenticate': `${CHALLENGE}, ${error}` } : {};
  return new Failure(reason, detail, { headers, cause });
}

/** The issuer's keys could not be had: nothing is known of the token. */
class KeysUnavailable extends Error {}

/** Tells a token that no published key signed from keys that cannot be had. */
function keysOrUnavailable(keys: JWTVerifyGetKey): JWTVerifyGetKey {
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (error) {
      if (NO_KEY.some((kind) => error instanceof kind)) throw error;
      throw new KeysUnavailable('the keys of the issuer cannot be had', { cause: error });
    }
  };
}

const NO_KEY = [errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys, errors.JOSENotSupported];

/** The token's own faults are a 401 that says which; failing to get the issuer's keys is our 503. */
function tokenFailure(error: unknown): Failure {
  if (error instanceof KeysUnavailable) {
    const detail = "The issuer's keys cannot be fetched, so no token can be checked. Try again later.";
    return new Failure('unavailable', detail, { headers: { 'Retry-After': '5' }, cause: error.cause });
  }
  return unauthorized('token-invalid', tokenFault(error), error);
}

function tokenFault(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'The access token has expired.';
  if (error instanceof errors.JWTClaimValidationFailed) {
    return `The access token's "${error.claim}" is not what this API accepts.`;
  }
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) {
    return 'The access token is signed with a key that its issuer does not publish.';
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) return "The access token's signature is wrong.";
  return 'The access token is not a JWT signed with an algorithm and key that this API accepts.';
}
