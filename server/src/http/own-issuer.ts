import { randomUUID } from 'node:crypto';
import { createLocalJWKSet, type JWTPayload, type JWTVerifyGetKey, SignJWT } from 'jose';
import { openSigningKey } from './signing-key.ts';

const CLIENT_ID = 'grantkeeper-own-issuer';

/** An issuer of access tokens for trying out: the server trusts it if AUTH_JWKS_URI is not set. */
export interface OwnIssuer {
  keys: JWTVerifyGetKey;
  /** The client that its tokens are issued to by default. It has no row: it belongs to the server. */
  clientId: string;
  /** Signs an access token (RFC 9068) that expires after `seconds`. */
  sign(claims: JWTPayload & { sub: string }, seconds: number): Promise<string>;
}

/**
 * Opens the issuer whose key is in a folder; the first process to open it creates the key, readable only by its owner.
 *
 * @throws one error that names DATA_DIR and says what to do, if the key cannot be read or created
 */
export async function openOwnIssuer(
  dataDir: string,
  { issuer, audience }: { issuer: string; audience: string },
): Promise<OwnIssuer> {
  const { alg, privateKey, publicJwk } = await openSigningKey(dataDir, 'own-issuer.jwk.json', 'the server');
  return {
    keys: createLocalJWKSet({ keys: [{ ...publicJwk, alg }] }),
    clientId: CLIENT_ID,
    sign: (claims, seconds) =>
      new SignJWT({ client_id: CLIENT_ID, ...claims })
        .setProtectedHeader({ alg, typ: 'at+jwt' })
        .setIssuer(issuer)
        .setAudience(audience)
        .setJti(randomUUID())
        .setIssuedAt()
        .setExpirationTime(Math.floor(Date.now() / 1000) + seconds)
        .sign(privateKey),
  };
}
