import { type CryptoKey, type JWTPayload, SignJWT } from 'jose';

/** Signs an access token (RFC 9068) of an issuer that is also its audience. It is valid for 12 hours. */
export function signToken(
  key: CryptoKey,
  party: string,
  claims: JWTPayload & { sub: string },
): Promise<string> {
  return new SignJWT({ iss: party, aud: party, ...claims })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt' })
    .setExpirationTime('12h')
    .sign(key);
}
