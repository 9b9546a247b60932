import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { environment } from '../src/environment.ts';
import { ConnectionError, UsageError } from '../src/errors.ts';
import {
  revokeMeGrant,
  revokeMyAccountGrant,
  revokeOAuthGrant,
  revokeOAuthGrants,
} from '../src/generated/sdk.gen.ts';
import { createGrantkeeper, type Grantkeeper } from '../src/grantkeeper.ts';
import type { TransportOptions } from '../src/transport.ts';
import { createTransport } from '../src/transport.ts';
import { answer, cut, cutInBody, html, openLoopback, silent, type Treatment } from './loopback.ts';
import { clientIn, failureOf, Surroundings } from './surroundings.ts';

const server = openLoopback();
const done = answer(200, { revoked_tokens: 4, revoked_consents: 2 });
const anyList = answer(200, { grants: [], events: [], data: [] });
const running = answer(409, { message: 'still running' }, { 'Retry-After': '3' });
let around: Surroundings;

beforeEach(() => {
  around = new Surroundings();
});

type Options = Partial<TransportOptions>;
const REVOCATIONS: [string, (options?: Options, headers?: Record<string, string>) => Promise<unknown>][] = [
  [
    'revokeOAuthGrant',
    (options, headers = {}) =>
      revokeOAuthGrant({ client: clientIn(around, server.url, options), headers, path: { grant_id: 'a' } }),
  ],
  [
    'revokeOAuthGrants',
    (options, headers = {}) =>
      revokeOAuthGrants({ client: clientIn(around, server.url, options), headers, body: { client_id: 'a' } }),
  ],
  [
    'revokeMyAccountGrant',
    (options, headers = {}) =>
      revokeMyAccountGrant({
        client: clientIn(around, server.url, options),
        headers: { 'logto-verification-id': 'v', ...headers },
        path: { grantId: 'a' },
      }),
  ],
  [
    'revokeMeGrant',
    (options, headers = {}) =>
      revokeMeGrant({ client: clientIn(around, server.url, options), headers, path: { grantId: 'a' } }),
  ],
];
const keysReceived = () => server.received.map(({ headers }) => headers['idempotency-key']);

interface Bundle {
  paths: Record<string, Record<string, { operationId: string; parameters?: { $ref?: string }[] }>>;
}

/** Every operation of the contracts, and whether it takes a key. */
function operations(): [operationId: string, method: string, path: string, isKeyed: boolean][] {
  return ['oauth-grants', 'account-grants', 'me-grants', 'user-consent-scopes'].flatMap((name) => {
    const file = new URL(`../../openapi/bundled/${name}.json`, import.meta.url);
    const { paths }: Bundle = JSON.parse(readFileSync(file, 'utf8'));
    return Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, { operationId, parameters = [] }]) => {
        const isKeyed = parameters.some(({ $ref }) => $ref?.endsWith('/IdempotencyKey'));
        return [operationId, method.toUpperCase(), path, isKeyed] as [string, string, string, boolean];
      }),
    );
  });
}

describe('an idempotency key', () => {
  it.each(operations())('goes with the operations that take one: %s', async (_id, method, path, isKeyed) => {
    const send = createTransport({ token: 'a-token' }, around)();
    for (const base of ['', '/below/v1/me/grants']) {
      for (const query of ['', '?next=/v1/me/grants/a']) {
        server.next(anyList);
        await send(`${server.url}${base}${path.replaceAll(/\{\w+\}/g, 'a%2Fb')}${query}`, { method });
      }
    }
    expect(new Set(keysReceived().map((key) => key !== undefined))).toEqual(new Set([isKeyed]));
  });

  it('is another for each call, and is a UUID', async () => {
    server.next(done, done);
    const { grants } = createGrantkeeper({ baseUrl: server.url, token: 'a-token' });
    await grants.revoke('a');
    await grants.revoke('a');
    const [one, other] = keysReceived();
    expect(one).not.toBe(other);
    for (const key of [one, other]) expect(key).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
  });

  it('is made where there is no crypto.randomUUID, too', () => {
    for (const crypto of [undefined, {}]) {
      vi.stubGlobal('crypto', crypto);
      const keys = Array.from({ length: 100 }, () => environment.newKey());
      expect(new Set(keys).size).toBe(100);
      for (const key of keys) expect(key).toMatch(/^[!-~]{10,255}$/);
    }
    vi.unstubAllGlobals();
  });

  it('may be the caller’s own', async () => {
    const call: ((grantkeeper: Grantkeeper) => Promise<unknown>)[] = [
      ({ grants }) => grants.revoke('a', {}, { idempotencyKey: 'own' }),
      ({ grants }) => grants.revokeMany({ client_id: 'a' }, { idempotencyKey: 'own' }),
      ({ me }) => me.revokeGrant('a', { idempotencyKey: 'own' }),
      ({ account }) => account('v').revokeGrant('a', { idempotencyKey: 'own' }),
    ];
    for (const revoke of call) {
      server.next(done);
      await revoke(createGrantkeeper({ baseUrl: server.url, token: 'a-token', idempotencyKeys: false }));
    }
    expect(keysReceived()).toEqual(['own', 'own', 'own', 'own']);
  });

  it.each(['', 'a b', 'é', 'x'.repeat(256)])(
    'that no server takes is a UsageError: %j',
    async (idempotencyKey) => {
      const { me } = createGrantkeeper({ baseUrl: server.url, token: 'a-token' });
      expect(await failureOf(me.revokeGrant('a', { idempotencyKey }))).toBeInstanceOf(UsageError);
      expect(server.received).toEqual([]);
    },
  );
});

describe.each(REVOCATIONS)('%s', (_name, revoke) => {
  it.each<[string, Treatment, number]>([
    ['a 408', answer(408), 500],
    ['a 429', answer(429), 500],
    ['a 500', answer(500), 500],
    ['a 503', answer(503, undefined, { 'Retry-After': '7' }), 7_000],
    ['a 409 because it is still running', running, 3_000],
    ['a 409 that has ended by now', answer(409, { message: 'running' }, { 'Retry-After': '0' }), 0],
    ['a page of a proxy', html(502), 500],
    ['a cut connection', cut, 500],
    ['half an answer', cutInBody, 500],
  ])('is sent again with the same key after %s', async (_what, treatment, delay) => {
    server.next(treatment, done);
    await revoke();
    expect(keysReceived()).toEqual(['key-1', 'key-1']);
    expect(around.slept).toEqual([delay]);
  });

  it('is sent again with the same key when no answer comes in time', async () => {
    const first = silent();
    server.next(first, done);
    const revoking = revoke();
    await first.come;
    await around.endTime(0);
    await revoking;
    expect(keysReceived()).toEqual(['key-1', 'key-1']);
  });

  it('is sent again with its key when its token was refused', async () => {
    server.next(answer(401), done);
    await revoke({ token: (refused) => (refused ? 'another' : 'a-token') });
    expect(keysReceived()).toEqual(['key-1', 'key-1']);
  });

  it.each([400, 403, 404, 409, 422])('is not sent again after a %i', async (status) => {
    server.next(answer(status));
    expect(await failureOf(revoke())).toMatchObject({ status });
  });

  it('is given up after two more tries', async () => {
    server.next(cut, running, cut);
    expect(await failureOf(revoke())).toBeInstanceOf(ConnectionError);
  });

  it('is sent once and without a key if it was told so', async () => {
    server.next(cut);
    expect(await failureOf(revoke({ idempotencyKeys: false }))).toBeInstanceOf(ConnectionError);
    expect(keysReceived()).toEqual([undefined]);
  });

  it('is sent again with the caller’s key, even if others get none', async () => {
    server.next(cut, done);
    await revoke({ idempotencyKeys: false }, { 'Idempotency-Key': 'own' });
    expect(keysReceived()).toEqual(['own', 'own']);
  });

  it.each([
    { type: 'urn:grantkeeper:problem:too-many-idempotency-keys' },
    { code: 'request.too_many_idempotency_keys' },
    { error: 'too_many_idempotency_keys' },
  ])('goes without a key where the server keeps no more: %j', async (body) => {
    const tooMany = answer(429, body, { 'Retry-After': '80000' });
    server.next(tooMany, done);
    await revoke();
    expect(keysReceived()).toEqual(['key-1', undefined]);
    expect(around.slept).toEqual([]);
    server.next(tooMany, cut);
    expect(await failureOf(revoke())).toBeInstanceOf(ConnectionError);
    server.next(tooMany);
    expect(await failureOf(revoke({}, { 'Idempotency-Key': 'own' }))).toMatchObject({ status: 429 });
  });
});
