import { randomUUID } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CryptoKey, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import { folderFault, makeFolder } from '../database/data-folder.ts';

const ALGORITHM = 'ES256';

/** A private key that signs tokens, and the public one that checks them. */
export interface SigningKey {
  alg: typeof ALGORITHM;
  privateKey: CryptoKey;
  privateJwk: JWK;
  publicJwk: JWK;
}

/**
 * Opens the signing key in a file of a folder; the first process to open it creates it, readable only by its owner.
 *
 * @param owner whose key it is, for whoever reads an error, such as `the server`
 * @throws one error that names DATA_DIR and says what to do, if the key cannot be read or created
 */
export async function openSigningKey(dataDir: string, name: string, owner: string): Promise<SigningKey> {
  const file: KeyFile = { dataDir, path: join(dataDir, name), owner };
  const privateJwk = await readOrMakeKey(file).catch(async (error: unknown) => {
    throw await folderFault(error, dataDir);
  });
  const privateKey = await importPrivateKey(privateJwk, file);
  const { d: _secret, ...publicJwk } = privateJwk;
  return { alg: ALGORITHM, privateKey, privateJwk, publicJwk };
}

/** Where a key is, and whose it is. */
interface KeyFile {
  dataDir: string;
  path: string;
  owner: string;
}

async function readOrMakeKey(file: KeyFile): Promise<JWK> {
  return (await readKey(file)) ?? makeKey(file);
}

async function readKey(file: KeyFile): Promise<JWK | undefined> {
  let text: string;
  try {
    text = await readFile(file.path, 'utf8');
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
async function importPrivateKey(jwk: JWK, file: KeyFile): Promise<CryptoKey> {
  try {
    const key = await importJWK(jwk, ALGORITHM);
    if (!(key instanceof Uint8Array) && key.type === 'private') return key;
  } catch (cause) {
    throw notAKey(file, cause);
  }
  throw notAKey(file);
}

function notAKey({ path, owner }: KeyFile, cause?: unknown): Error {
  return new Error(
    `DATA_DIR: ${path} does not hold ${owner}'s signing key. Put the key back, or delete the file: the next start ` +
      'makes another key, and takes no token that was signed with the old one.',
    { cause },
  );
}

/** Two processes may start at once: linking the finished file into place lets exactly one key win. */
async function makeKey(file: KeyFile): Promise<JWK> {
  const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  await makeFolder(file.dataDir);
  const draft = `${file.path}.${randomUUID()}`;
  await writeFile(draft, JSON.stringify(await exportJWK(privateKey)), { mode: 0o600 });
  await link(draft, file.path).catch(() => undefined);
  await rm(draft);
  const made = await readKey(file);
  if (!made) throw new Error(`cannot write the signing key ${file.path}`);
  return made;
}
