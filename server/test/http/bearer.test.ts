import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  CompactSign,
  type CryptoKey,
  createLocalJWKSet,
  createRemoteJWKSet,
  exportJWK,
  generateKeyPair,
  type JWTPayload,
  SignJWT,
} from 'jose';
import { afterEach, describe, expect, it, vi } from 'vitest';
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
const pairs = await Promise.all(Array.from({ length: 16 }, () => generateKeyPair('ES256')));
const verify = createTokenVerifier({ issuers: [{ issuer, audience, keys }], clock: () => NOW });

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
      permissions: ['account:admin', 'unknown'],
    });
    expect(await verify(token)).toEqual({
      issuer: good.iss,
      user_id: 'ann',
      account_id: 'A',
      project_id: 'p',
      permissions: ['account:admin', 'unknown'],
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
    expect((await failureOf(sign({ ...good, nbf: seconds + 61 }))).message).toBe(
      'The access token is not valid yet.',
    );
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

describe('the scopes of a token', () => {
  it.each<[what: string, claims: JWTPayload, scopes: string[]]>([
    ['a text', { scope: 'all openid' }, ['all', 'openid']],
    ['a text of more spaces than needed', { scope: ' all  openid ' }, ['all', 'openid']],
    ['an empty text', { scope: '' }, []],
    ['a list', { scope: ['all', 'openid'] }, ['all', 'openid']],
    ['a list of texts with spaces, which are no scopes', { scope: ['all openid'] }, ['all openid']],
    ['scp, a list', { scp: ['all', 'openid'] }, ['all', 'openid']],
    ['scp, a text', { scp: 'all openid' }, ['all', 'openid']],
    ['scope before scp', { scope: 'openid', scp: ['all'] }, ['openid']],
    ['scope before scp, though it is empty', { scope: '', scp: ['all'] }, []],
    ['nothing', {}, []],
  ])('come from %s', async (_what, claims, scopes) => {
    expect((await verify(await sign({ ...good, ...claims }))).scopes).toEqual(scopes);
  });
});

/** Signs a payload written by hand, for what JSON can say and JavaScript would not write. */
const signJson = (json: string) =>
  new CompactSign(new TextEncoder().encode(json))
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'k' })
    .sign(key.privateKey);

describe('a claim of another type', () => {
  const values = {
    number: 42,
    zero: 0,
    boolean: true,
    null: null,
    object: { $gt: '' },
    'list of numbers': [42],
    'list with null': ['a', null],
    'nested list': [['a']],
    'list of objects': [{ $ne: '' }],
  };
  const notText = { ...values, list: ['ann'], 'empty list': [], 'empty text': '', 'half a pair': 'a\ud800' };
  const notTexts = { ...values, 'half a pair': ['a\udc00'] };
  const bad: Record<string, Record<string, unknown>> = {
    sub: notText,
    client_id: notText,
    account_id: notText,
    project_id: notText,
    permissions: { ...notTexts, text: 'account:admin' },
    scope: notTexts,
    scp: notTexts,
    iss: { ...values, list: [issuer] },
    aud: { ...values, 'list with a number': [audience, 42], 'list with null and ours': [null, audience] },
    exp: { text: '1', null: null, boolean: true, list: [seconds + 60] },
    nbf: { text: '1', null: null, boolean: true, list: [seconds] },
  };
  const rows = Object.entries(bad).flatMap(([claim, kinds]) =>
    Object.entries(kinds).map(([kind, value]): [string, string, unknown] => [claim, kind, value]),
  );

  it.each(rows)('%s, as %s, is a 401 that names it', async (claim, _kind, value) => {
    const failure = await failureOf(signJson(JSON.stringify({ ...good, [claim]: value })));
    expect([failure.status, failure.reason]).toEqual([401, 'token-invalid']);
    expect(failure.message).toContain(`"${claim}"`);
    expect(failure.headers['WWW-Authenticate']).toMatch(/error="invalid_token", error_description="[ -~]+"$/);
  });

  it.each(['exp', 'nbf', 'iat'])('%s, too large for a number, is one too', async (claim) => {
    const json = JSON.stringify({ ...good, [claim]: 0 }).replace(
      `"${claim}":0`,
      `"${claim}":${claim === 'nbf' ? '-' : ''}1e400`,
    );
    expect((await failureOf(signJson(json))).message).toContain(`"${claim}"`);
  });

  it('that this server does not read may be anything', async () => {
    const others = { jti: 7, email: null, roles: { $gt: '' }, ['__proto__']: [1], constructor: 'x' };
    expect((await verify(await signJson(JSON.stringify({ ...good, ...others })))).user_id).toBe('ann');
  });

  it.each(['a\u0000b', '$gt', '{"$gt":""}', '42', 'null', ' ', '\u202e', '🦊'])(
    'is not %j: an opaque id stays as it is',
    async (sub) => {
      const principal = await verify(await sign({ ...good, sub, client_id: sub, account_id: sub }));
      expect(principal).toMatchObject({ user_id: sub, client_id: sub, account_id: sub });
    },
  );
});

describe('a token that names no key', () => {
  const publish = async (...published: CryptoKey[]) =>
    createLocalJWKSet({
      keys: await Promise.all(published.map(async (one) => ({ ...(await exportJWK(one)), alg: 'ES256' }))),
    });
  const signUnnamed = (by: CryptoKey) =>
    new SignJWT(good).setProtectedHeader({ alg: 'ES256', typ: 'at+jwt' }).sign(by);

  it('is good when any of the published keys signed it, be it the last of sixteen', async () => {
    const keys = await publish(...pairs.map(({ publicKey }) => publicKey));
    const verifier = createTokenVerifier({ issuers: [{ issuer, audience, keys }], clock: () => NOW });
    for (const { privateKey } of pairs) {
      expect((await verifier(await signUnnamed(privateKey))).user_id).toBe('ann');
    }
    const failure = await failureOf(signUnnamed(stranger.privateKey), verifier);
    expect([failure.status, failure.message]).toEqual([401, "The access token's signature is wrong."]);
  });

  it('is checked for its claims like any other', async () => {
    const keys = await publish(stranger.publicKey, key.publicKey);
    const verifier = createTokenVerifier({ issuers: [{ issuer, audience, keys }], clock: () => NOW });
    const expired = new SignJWT({ ...good, exp: seconds - 3600 })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt' })
      .sign(key.privateKey);
    expect((await failureOf(expired, verifier)).message).toBe('The access token has expired.');
  });

  it('costs no more checks than sixteen, however many keys there are', async () => {
    const many = [
      ...pairs,
      ...(await Promise.all(Array.from({ length: 4 }, () => generateKeyPair('ES256')))),
    ];
    const keys = await publish(...many.map(({ publicKey }) => publicKey));
    const verifier = createTokenVerifier({ issuers: [{ issuer, audience, keys }], clock: () => NOW });
    const check = vi.spyOn(crypto.subtle, 'verify');
    await failureOf(signUnnamed(stranger.privateKey), verifier);
    expect(check).toHaveBeenCalledTimes(16);
    check.mockRestore();
  });

  it('is good too where two keys share one name', async () => {
    const named = async (one: CryptoKey) => ({ ...(await exportJWK(one)), kid: 'k', alg: 'ES256' });
    const keys = createLocalJWKSet({ keys: [await named(stranger.publicKey), await named(key.publicKey)] });
    const verifier = createTokenVerifier({ issuers: [{ issuer, audience, keys }], clock: () => NOW });
    expect((await verifier(await sign(good))).user_id).toBe('ann');
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
    return createTokenVerifier({
      issuers: [{ issuer, audience, keys: createRemoteJWKSet(url) }],
      clock: () => NOW,
    });
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

describe('with two trusted issuers, a token', () => {
  const other = { issuer: 'https://other.example', audience: 'https://other-grants.example' };
  const theirs = { ...good, iss: other.issuer, aud: other.audience };
  const otherKeys = vi.fn(createLocalJWKSet({ keys: [] }));
  const publishOther = async () => {
    const jwk = { ...(await exportJWK(stranger.publicKey)), kid: 'k', alg: 'ES256' };
    otherKeys.mockClear().mockImplementation(createLocalJWKSet({ keys: [jwk] }));
    return createTokenVerifier({
      issuers: [
        { issuer, audience, keys },
        { ...other, keys: otherKeys },
      ],
      clock: () => NOW,
    });
  };

  it('is good from either, each for its own audience', async () => {
    const verifier = await publishOther();
    expect((await verifier(await sign(good))).user_id).toBe('ann');
    expect((await verifier(await sign(theirs, { by: stranger.privateKey }))).user_id).toBe('ann');
  });

  it('never has the keys of another issuer than its own asked for', async () => {
    const verifier = await publishOther();
    await verifier(await sign(good));
    for (const token of ['..', 'nonsense', '', 'a.b.c', await sign({ ...good, iss: 'https://evil.example' })])
      await failureOf(token, verifier);
    expect(otherKeys).not.toHaveBeenCalled();
  });

  it.each([
    ['signed with a key of the other', sign(theirs), 'signature'],
    [
      'signed with a key of the other, the other way round',
      sign(good, { by: stranger.privateKey }),
      'signature',
    ],
    ['for the audience of the other', sign({ ...good, aud: other.audience }), '"aud"'],
    [
      'for the audience of the other, the other way round',
      sign({ ...theirs, aud: audience }, { by: stranger.privateKey }),
      '"aud"',
    ],
    ['of a third issuer', sign({ ...good, iss: 'https://evil.example' }), '"iss"'],
    ['of both issuers at once', signJson(JSON.stringify({ ...good, iss: [issuer, other.issuer] })), '"iss"'],
  ])('%s is a 401 that says so', async (_what, token, said) => {
    const failure = await failureOf(token, await publishOther());
    expect([failure.status, failure.reason]).toEqual([401, 'token-invalid']);
    expect(failure.message).toContain(said);
  });
});
