import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  createLocalJWKSet,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
  type JWTPayload,
  type JWTVerifyGetKey,
  SignJWT,
} from 'jose';

const ALGORITHM = 'ES256';

/** An issuer of access tokens for trying out: the server trusts it where no AUTH_JWKS_URI is set. */
export interface OwnIssuer {
  keys: JWTVerifyGetKey;
  /** Signs an access token (RFC 9068) that expires after `seconds`. */
  sign(claims: JWTPayload & { sub: string }, seconds: number): Promise<string>;
}

/** Opens the issuer whose key is in a folder; the first to open it makes the key, readable by its owner only. */
export async function openOwnIssuer(
  dataDir: string,
  { issuer, audience }: { issuer: string; audience: string },
): Promise<OwnIssuer> {
  const file = join(dataDir, 'own-issuer.jwk.json');
  const jwk = (await readKey(file)) ?? (await makeKey(dataDir, file));
  const { d: _secret, ...publicJwk } = jwk;
  const privateKey = await importJWK(jwk, ALGORITHM);
  return {
    keys: createLocalJWKSet({ keys: [{ ...publicJwk, alg: ALGORITHM }] }),
    sign: (claims, seconds) =>
      new SignJWT({ client_id: 'grantkeeper-own-issuer', ...claims })
        .setProtectedHeader({ alg: ALGORITHM, typ: 'at+jwt' })
        .setIssuer(issuer)
        .setAudience(audience)
        .setJti(randomUUID())
        .setIssuedAt()
        .setExpirationTime(Math.floor(Date.now() / 1000) + seconds)
        .sign(privateKey),
  };
}

async function readKey(file: string): Promise<JWK | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Two processes may start at once: linking the finished file into place lets exactly one key win. */
async function makeKey(dataDir: string, file: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  await mkdir(dataDir, { recursive: true });
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, JSON.stringify(await exportJWK(privateKey)), { mode: 0o600 });
  await link(draft, file).catch(() => undefined);
  await rm(draft);
  const made = await readKey(file);
  if (!made) throw new Error(`cannot write the signing key ${file}`);
  return made;
}
