import { type CryptoKey, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import type { DocumentName } from '../../sdk/contract-tests/src/documents.ts';
import { ACCOUNTS, FIRST_PARTY, type Issuer, PEOPLE, PROJECTS, THIRD_PARTY } from './world.ts';

export const AUDIENCE = 'https://grants.example';

/** A value for the `Authorization` header, and what we know about it. */
export interface Credential {
  name: string;
  authorization: string | undefined;
  /** Whether the server must accept it; undefined if either is fine. */
  isGood: boolean | undefined;
  claims: JWTPayload;
}

const SESSIONS = 'urn:logto:scope:sessions';
const KID = { alg: 'ES256', typ: 'at+jwt', kid: 'the-key' };

/** Claims of valid tokens, covering every permission of every document. */
const PRINCIPALS: JWTPayload[] = PEOPLE.slice(0, 4).flatMap((sub, index) => {
  const account_id = ACCOUNTS[index % ACCOUNTS.length];
  const project_id = PROJECTS[index % PROJECTS.length];
  return [
    { sub, account_id, permissions: ['account:admin'] },
    { sub, account_id, project_id, permissions: ['project:admin'] },
    { sub, account_id, permissions: ['account:member'] },
    { sub, account_id, permissions: [] },
    { sub, permissions: ['account:admin'] },
    { sub, scope: `openid ${SESSIONS}` },
    { sub, scope: SESSIONS, client_id: FIRST_PARTY },
    { sub, scope: SESSIONS, client_id: THIRD_PARTY },
    { sub, scp: ['all', SESSIONS] },
    { sub: 'management-api', scope: 'all' },
  ];
});

/** Every credential of a run: valid tokens, and all the ways we know to forge one. */
export async function makeCredentials({ issuer, privateKey, jwk }: Issuer): Promise<Credential[]> {
  const other = await generateKeyPair('ES256');
  const now = Math.floor(Date.now() / 1000);
  const good = { iss: issuer, aud: AUDIENCE, iat: now, exp: now + 6 * 3_600 };
  const sign = (claims: JWTPayload, header: object = {}, key: CryptoKey = privateKey) =>
    new SignJWT({ ...good, ...claims }).setProtectedHeader({ ...KID, ...header }).sign(key);

  const goods = PRINCIPALS.map(async (claims, index) => ({
    name: `good ${index}`,
    authorization: `Bearer ${await sign(claims)}`,
    isGood: true,
    claims,
  }));

  const claims = {
    sub: 'person-0',
    account_id: 'account-a',
    permissions: ['account:admin'],
    scope: `all ${SESSIONS}`,
  };
  const valid = await sign(claims);
  const [header = '', payload = '', signature = ''] = valid.split('.');
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const hmac = new TextEncoder().encode(JSON.stringify(jwk));
  const forged: Record<string, string | undefined> = {
    none: undefined,
    empty: 'Bearer ',
    'other scheme': `Basic ${valid}`,
    'not a JWT': 'Bearer x.y.z',
    'two tokens': `Bearer ${valid} ${valid}`,
    'no signature': `Bearer ${header}.${payload}.`,
    'signature cut': `Bearer ${valid.slice(0, -10)}`,
    'payload changed': `Bearer ${header}.${encode({ ...good, ...claims, sub: 'person-1' })}.${signature}`,
    'alg none': `Bearer ${new UnsecuredJWT({ ...good, ...claims }).encode()}`,
    'alg none, signature kept': `Bearer ${encode({ alg: 'none', typ: 'at+jwt' })}.${payload}.${signature}`,
    'alg None': `Bearer ${encode({ alg: 'None', typ: 'at+jwt' })}.${payload}.`,
    'HMAC with the public key': `Bearer ${await new SignJWT({ ...good, ...claims })
      .setProtectedHeader({ ...KID, alg: 'HS256' })
      .sign(hmac)}`,
    'another key': `Bearer ${await sign(claims, {}, other.privateKey)}`,
    'another key, embedded': `Bearer ${await sign(claims, { jwk, kid: 'mine' }, other.privateKey)}`,
    'unknown kid': `Bearer ${await sign(claims, { kid: '../../the-key' })}`,
    'critical header': `Bearer ${header}x.${payload}.${signature}`,
    'an ID token': `Bearer ${await sign(claims, { typ: 'JWT' })}`,
    expired: `Bearer ${await sign({ ...claims, exp: now - 3_600 })}`,
    'not yet good': `Bearer ${await sign({ ...claims, nbf: now + 3_600 })}`,
    'another issuer': `Bearer ${await sign({ ...claims, iss: 'https://evil.example' })}`,
    'another audience': `Bearer ${await sign({ ...claims, aud: 'https://other.example' })}`,
  };
  const oddClaims: [string, object][] = [
    ['sub a number', { sub: 42 }],
    ['sub empty', { sub: '' }],
    ['sub an object', { sub: { $gt: '' } }],
    ['sub missing', { sub: undefined }],
    ['account_id an object', { account_id: { $ne: null } }],
    ['account_id a list', { account_id: ACCOUNTS }],
    ['project_id a number', { project_id: 1 }],
    ['client_id a list', { client_id: [FIRST_PARTY] }],
    ['permissions a text', { permissions: 'account:admin' }],
    ['permissions of objects', { permissions: [{ $gt: '' }] }],
    ['scope a number', { scope: 7 }],
    ['scp an object', { scope: undefined, scp: { all: true } }],
  ];
  for (const [name, odd] of oddClaims) {
    forged[name] = `Bearer ${await sign({ ...claims, ...odd } as JWTPayload)}`;
  }
  const bad = Object.entries(forged).map(([name, authorization]) => ({
    name,
    authorization,
    isGood: false,
    claims: {},
  }));
  return [...(await Promise.all(goods)), ...bad];
}

/** Whether a valid token with these claims has the right to a document's operations. */
export function mayUse(document: DocumentName, { account_id, permissions, scope, scp }: JWTPayload): boolean {
  const scopes = [scope, scp].flat().join(' ').split(' ');
  switch (document) {
    case 'oauth-grants':
      return Array.isArray(permissions) && permissions.length > 0 && account_id !== undefined;
    case 'account-grants':
      return scopes.includes(SESSIONS);
    case 'me-grants':
      return true;
    case 'user-consent-scopes':
      return scopes.includes('all');
  }
}
