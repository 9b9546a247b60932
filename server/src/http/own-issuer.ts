import { randomUUID } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type CryptoKey,
  createLocalJWKSet,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
  type JWTPayload,
  type JWTVerifyGetKey,
  SignJWT,
} from 'jose';
import { folderFault, makeFolder } from '../database/data-folder.ts';

const ALGORITHM = 'ES256';
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
  const file = join(dataDir, 'own-issuer.jwk.json');
  const jwk = await readOrMakeKey(dataDir, file).catch(async (error: unknown) => {
    throw await folderFault(error, dataDir);
  });
  const { d: _secret, ...publicJwk } = jwk;
  const privateKey = await importPrivateKey(jwk, file);
  return {
    keys: createLocalJWKSet({ keys: [{ ...publicJwk, alg: ALGORITHM }] }),
    clientId: CLIENT_ID,
    sign: (claims, seconds) =>
      new SignJWT({ client_id: CLIENT_ID, ...claims })
        .setProtectedHeader({ alg: ALGORITHM, typ: 'at+jwt' })
        .setIssuer(issuer)
        .setAudience(audience)
        .setJti(randomUUID())
        .setIssuedAt()
        .setExpirationTime(Math.floor(Date.now() / 1000) + seconds)
        .sign(privateKey),
  };
}

async function readOrMakeKey(dataDir: string, file: string): Promise<JWK> {
  return (await readKey(file)) ?? makeKey(dataDir, file);
}

async function readKey(file: string): Promise<JWK | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  let jwk: JWK | null;
  try {
    jwk = JSON.parse(text);
  } catch (cause) {
    throw notAKey(file, cause);
  }
  if (jwk === null) throw notAKey(file);
  return jwk;
}

/** A public key would import too, and fail only when it has to sign. */
async function importPrivateKey(jwk: JWK, file: string): Promise<CryptoKey> {
  try {
    const key = await importJWK(jwk, ALGORITHM);
    if (!(key instanceof Uint8Array) && key.type === 'private') return key;
  } catch (cause) {
    throw notAKey(file, cause);
  }
  throw notAKey(file);
}

function notAKey(file: string, cause?: unknown): Error {
  return new Error(
    `DATA_DIR: ${file} does not hold the server's signing key. Put the key back, or delete the file: the next start ` +
      'makes another key, and takes no token that was signed with the old one.',
    { cause },
  );
}

/** Two processes may start at once: linking the finished file into place lets exactly one key win. */
async function makeKey(dataDir: string, file: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  await makeFolder(dataDir);
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, JSON.stringify(await exportJWK(privateKey)), { mode: 0o600 });
  await link(draft, file).catch(() => undefined);
  await rm(draft);
  const made = await readKey(file);
  if (!made) throw new Error(`cannot write the signing key ${file}`);
  return made;
}
