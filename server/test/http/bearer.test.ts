import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  exportJWK,
  generateKeyPair,
  type JWTPayload,
  SignJWT,
} from 'jose';
import { afterEach, describe, expect, it } from 'vitest';
import { createTokenVerifier } from '../../src/http/bearer.ts';
import { Failure } from '../../src/http/failure.ts';

const NOW = new Date('2026-06-01T12:00:00.000Z');
const seconds = NOW.getTime() / 1000;
const issuer = 'https://issuer.example';
const audience = 'https://grants.example';
const key = await generateKeyPair('ES256');
const stranger = await generateKeyPair('ES256');
const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(key.publicKey)), kid: 'k', alg: 'ES256' }] });
const rsa = await generateKeyPair('RS256');
const verify = createTokenVerifier({ issuer, audience, keys, clock: () => NOW });

const good = { iss: issuer, aud: audience, sub: 'ann', exp: seconds + 60 };
const sign = (claims: JWTPayload, { typ = 'at+jwt', by = key.privateKey, kid = 'k' } = {}) =>
  new SignJWT(claims).setProtectedHeader({ alg: 'ES256', typ, kid }).sign(by);

async function failureOf(token: string | Promise<string>, verifier = verify): Promise<Failure> {
  const failure = await verifier(await token).catch((error: unknown) => error);
  if (!(failure instanceof Failure)) throw new Error(`expected a failure, got ${JSON.stringify(failure)}`);
  return failure;
}

describe('an access token', () => {
  it('tells who asks, and what they may', async () => {
    const token = await sign({
      ...good,
      scope: 'all openid',
      account_id: 'A',
      project_id: 'p',
      permissions: ['account:admin', 7],
    });
    expect(await verify(token)).toEqual({
      user_id: 'ann',
      account_id: 'A',
      project_id: 'p',
      permissions: ['account:admin'],
      scopes: ['all', 'openid'],
    });
  });

  it('of several audiences is good when ours is among them', async () => {
    expect((await verify(await sign({ ...good, aud: ['https://x.example', audience] }))).user_id).toBe('ann');
  });

  it('is good for a minute after it expired, and from a minute before it begins', async () => {
    expect((await verify(await sign({ ...good, exp: seconds - 59 }))).user_id).toBe('ann');
    expect((await verify(await sign({ ...good, nbf: seconds + 60 }))).user_id).toBe('ann');
    expect((await failureOf(sign({ ...good, exp: seconds - 61 }))).message).toBe(
      'The access token has expired.',
    );
    expect((await failureOf(sign({ ...good, nbf: seconds + 61 }))).message).toContain('"nbf"');
  });

  const { sub: _, ...withoutSubject } = good;
  const { exp: __, ...withoutExpiry } = good;
  it.each([
    ['another issuer', sign({ ...good, iss: 'https://evil.example' }), '"iss"'],
    ['another audience', sign({ ...good, aud: 'https://x.example' }), '"aud"'],
    ['no subject', sign(withoutSubject), '"sub"'],
    ['an empty subject', sign({ ...good, sub: '' }), '"sub"'],
    ['no expiry', sign(withoutExpiry), '"exp"'],
    ['the type of an ID token', sign(good, { typ: 'JWT' }), '"typ"'],
    ["a stranger's signature", sign(good, { by: stranger.privateKey }), 'signature'],
    ['a changed payload', sign(good).then((token) => token.replace(/\.(.)/, '.e30$1')), 'signature'],
    [
      'no signature',
      `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')}.e30.`,
      'not a JWT',
    ],
    [
      'a symmetric signature',
      new SignJWT(good)
        .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' })
        .sign(new TextEncoder().encode('x'.repeat(32))),
      'not a JWT',
    ],
    ['dots alone', '..', 'not a JWT'],
    [
      'a key of another kind',
      new SignJWT(good).setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid: 'k' }).sign(rsa.privateKey),
      'does not publish',
    ],
  ])('with %s is a 401 that says so', async (_what, token, said) => {
    const failure = await failureOf(token);
    expect([failure.status, failure.reason]).toEqual([401, 'token-invalid']);
    expect(failure.message).toContain(said);
    expect(failure.headers['WWW-Authenticate']).toMatch(
      /^Bearer realm="grantkeeper", error="invalid_token", error_description="[^"]+"$/,
    );
  });
});

describe("the issuer's keys", () => {
  const servers: ReturnType<typeof createServer>[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close().closeAllConnections();
  });

  async function verifierOf(status: number, body: string) {
    const server = createServer((_req, res) =>
      res.writeHead(status, { 'Content-Type': 'application/json' }).end(body),
    );
    servers.push(server);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`);
    return createTokenVerifier({ issuer, audience, keys: createRemoteJWKSet(url), clock: () => NOW });
  }

  it('are fetched, and a token that none of them signed is a 401', async () => {
    const jwk = { ...(await exportJWK(key.publicKey)), kid: 'k', alg: 'ES256' };
    const verifier = await verifierOf(200, JSON.stringify({ keys: [jwk] }));
    expect((await verifier(await sign(good))).user_id).toBe('ann');
    expect((await failureOf(sign(good, { kid: 'unknown' }), verifier)).reason).toBe('token-invalid');
  });

  it.each([
    ['an error', 500, ''],
    ['no JSON', 200, '<html>'],
    ['no keys', 200, '{}'],
  ])('that come as %s are a 503, not the fault of the token', async (_what, status, body) => {
    const failure = await failureOf(sign(good), await verifierOf(status, body));
    expect([failure.status, failure.headers['Retry-After']]).toEqual([503, '5']);
    expect(failure.message).not.toContain('127.0.0.1');
  });
});
