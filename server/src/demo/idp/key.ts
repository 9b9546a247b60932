import { createHmac } from 'node:crypto';
import { calculateJwkThumbprint, createLocalJWKSet, type JWK, type JWTVerifyGetKey } from 'jose';
import { openSigningKey } from '../../http/signing-key.ts';

/** What the authorization server signs with. A restart changes none of it, so people stay signed in. */
export interface IdpKey {
  privateJwk: JWK;
  /** The public key, for whoever checks its tokens. */
  keys: JWTVerifyGetKey;
  /** What its cookies are signed with. */
  cookieSecret: string;
}

/**
 * Opens the key, or creates it in the folder.
 *
 * @throws one error that names DATA_DIR and says what to do, if the key cannot be read or created
 */
export async function openIdpKey(dataDir: string): Promise<IdpKey> {
  const { alg, privateJwk, publicJwk } = await openSigningKey(
    dataDir,
    'demo-idp.jwk.json',
    'the demo authorization server',
  );
  const named = { alg, use: 'sig', kid: await calculateJwkThumbprint(publicJwk) };
  return {
    privateJwk: { ...privateJwk, ...named },
    keys: createLocalJWKSet({ keys: [{ ...publicJwk, ...named }] }),
    cookieSecret: createHmac('sha256', JSON.stringify(privateJwk)).update('cookies').digest('base64url'),
  };
}
