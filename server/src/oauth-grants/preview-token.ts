import { randomBytes } from 'node:crypto';
import { errors, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import type { Collections } from '../database/collections.ts';
import { isDuplicateKey } from '../database/duplicate-key.ts';

const ALGORITHM = 'HS256';
const TYPE = 'grantkeeper-preview+jwt';
const KEY = { _id: 'revocation previews' } as const;

const claims = z.object({
  jti: z.string(),
  sub: z.string(),
  visible: z.strictObject({
    account_id: z.string(),
    project_id: z.string().optional(),
    user_id: z.string().optional(),
  }),
});

/** What a preview token says: which preview, and whose. */
export interface PreviewClaims {
  id: string;
  user_id: string;
  /** What the user could see when the preview was made. */
  visible: z.infer<typeof claims>['visible'];
}

/** Signs a preview token with the key that all servers share. */
export async function signPreviewToken(
  collections: Collections,
  { id, user_id, visible }: PreviewClaims,
  expires_at: Date,
): Promise<string> {
  return new SignJWT({ visible })
    .setProtectedHeader({ alg: ALGORITHM, typ: TYPE })
    .setSubject(user_id)
    .setJti(id)
    .setExpirationTime(expires_at)
    .sign(await readKey(collections));
}

/**
 * Reads a preview token that this store's servers signed; undefined for any other text. One that has expired is read
 * too: what became of its preview says more.
 */
export async function readPreviewToken(
  collections: Collections,
  token: string,
  now: Date,
): Promise<PreviewClaims | undefined> {
  const payload = await verified(token, await readKey(collections), now);
  const read = claims.safeParse(payload).data;
  return read && { id: read.jti, user_id: read.sub, visible: read.visible };
}

async function verified(token: string, key: Uint8Array, now: Date): Promise<JWTPayload | undefined> {
  const options = { algorithms: [ALGORITHM], typ: TYPE, currentDate: now, requiredClaims: ['exp'] };
  try {
    return (await jwtVerify(token, key, options)).payload;
  } catch (error) {
    if (error instanceof errors.JWTExpired) return error.payload;
    if (error instanceof errors.JOSEError) return undefined;
    throw error;
  }
}

/**
 * The key, which the first server that needs it makes. Read each time, so that a server never signs with one that was
 * deleted.
 */
async function readKey({ serverKeys }: Collections): Promise<Uint8Array> {
  const known = await serverKeys.findOne(KEY).lean();
  const secret = known?.secret ?? (await makeKey(serverKeys));
  return Buffer.from(secret, 'base64url');
}

async function makeKey(serverKeys: Collections['serverKeys']): Promise<string> {
  const secret = randomBytes(32).toString('base64url');
  try {
    await serverKeys.create({ ...KEY, secret, made_at: new Date() });
    return secret;
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    // Another server was faster.
    const { secret: theirs } = await serverKeys.findOne(KEY).lean().orFail();
    return theirs;
  }
}
