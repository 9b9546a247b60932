import type { JWTPayload } from 'jose';
import { z } from 'zod';

/** Who makes the request, according to the access token. */
export interface Principal {
  /** Whose token it is: user ids of two issuers name different people. */
  issuer: string;
  user_id: string;
  /** The client that the token was issued to, if the token says so. */
  client_id: string | undefined;
  account_id: string | undefined;
  project_id: string | undefined;
  permissions: string[];
  scopes: string[];
}

/** A claim that breaks RFC 7519 or the claim's own specification. */
export class BadClaim extends Error {
  override readonly name = 'BadClaim';
  readonly claim: string;
  /** What is wrong with it, as the end of a sentence. Contains nothing that was sent. */
  readonly fault: string;

  constructor(claim: string, fault: string) {
    super(`"${claim}" ${fault}`);
    this.claim = claim;
    this.fault = fault;
  }
}

/** BSON cannot hold a lone surrogate: the database would read another string, and so find another user's rows. */
const isWhole = (text: string) => text.isWellFormed();

/**
 * A StringOrURI (RFC 7519, section 2) that names something. An empty one names nothing, yet is not the same as no
 * claim. Any other string is an opaque id.
 */
const id = (fault: string) =>
  z.string({ error: fault }).min(1, { error: fault }).refine(isWhole, { error: fault });
const text = 'must be a string that is not empty and is well-formed Unicode';

/** A NumericDate (RFC 7519, section 2). JSON allows numbers as large as `1e400`: a token that would never expire. */
const date = z.number({ error: 'must be a number of seconds' });

const list = (fault: string) =>
  z.array(z.string({ error: fault }).refine(isWhole, { error: fault }), { error: fault });
const scopes = 'must be a string of scopes separated by spaces, or an array of strings';
const scopeList = z.union([z.string().refine(isWhole), list(scopes)], { error: scopes }).optional();
const audience = 'must be a string or an array of strings';

/** Every claim that this server reads, with the type it must have. Other claims may be anything. */
const claims = z.object({
  iss: id(text),
  aud: z.union([z.string(), list(audience)], { error: audience }),
  sub: id(text),
  exp: date,
  nbf: date.optional(),
  iat: date.optional(),
  client_id: id(text).optional(),
  account_id: id(text).optional(),
  project_id: id(text).optional(),
  permissions: list('must be an array of strings').default([]),
  scope: scopeList,
  scp: scopeList,
});

/**
 * Reads the claims of a token whose signature is valid. This is the only way from a token to a principal, so that no
 * value of another type reaches a filter.
 *
 * Scopes come from `scope` (RFC 8693, section 4.2), else from `scp`, which Ory Hydra and others send: either is a
 * string separated by spaces or an array.
 *
 * @throws BadClaim for the first invalid claim
 */
export function readClaims(payload: JWTPayload): Principal {
  const parsed = claims.safeParse(payload);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new BadClaim(String(issue?.path[0]), issue?.message ?? text);
  }
  const { iss, sub, client_id, account_id, project_id, permissions, scope, scp } = parsed.data;
  return {
    issuer: iss,
    user_id: sub,
    client_id,
    account_id,
    project_id,
    permissions,
    scopes: scopesOf(scope ?? scp ?? []),
  };
}

function scopesOf(given: string | string[]): string[] {
  const scopes = typeof given === 'string' ? given.split(' ') : given;
  return scopes.filter((scope) => scope !== '');
}
