import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTokenVerifier, type VerifyToken } from '../../src/http/bearer.ts';
import { Failure } from '../../src/http/failure.ts';
import { IssuerKeys } from '../../src/http/issuer-keys.ts';
import { eventually } from '../eventually.ts';

const issuer = 'https://issuer.example';
const audience = 'https://grants.example';
const START = new Date('2026-06-01T12:00:00.000Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const [old, young, unpublished] = await Promise.all(['k1', 'k2', 'k3'].map(makeKey));
if (!old || !young || !unpublished) throw new Error('no keys');

type Key = Awaited<ReturnType<typeof makeKey>>;

async function makeKey(kid: string) {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256' } };
}

const withoutName = ({ jwk: { kid: _, ...jwk } }: Key) => jwk;

/** An issuer on loopback, and a verifier that trusts it. */
class World {
  now = START;
  published: object[] = [];
  /** What it answers when it is away. */
  fault: { status: number; body: string } | 'hangs' | undefined;
  asked = 0;
  readonly logged: { level: number; msg: string }[] = [];
  #server: Server | undefined;
  #keys: IssuerKeys | undefined;
  verify: VerifyToken = async () => {
    throw new Error('not started');
  };

  async start(maxStaleSeconds = 86_400): Promise<void> {
    const server = createServer((_req, res) => {
      this.asked += 1;
      if (this.fault === 'hangs') return;
      const { status, body } = this.fault ?? { status: 200, body: JSON.stringify({ keys: this.published }) };
      const headers = { 'Content-Type': 'application/json', Date: this.now.toUTCString() };
      res.writeHead(status, headers).end(body);
    });
    this.#server = server;
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`);
    const log = pino({ level: 'info' }, { write: (line) => void this.logged.push(JSON.parse(line)) });
    const clock = () => this.now;
    const keys = new IssuerKeys({ url, maxStaleSeconds, clock, log });
    this.#keys = keys;
    this.verify = createTokenVerifier({
      issuers: [{ issuer, audience, keys: keys.keys, renewKeys: keys.renewKeys }],
      clock,
    });
  }

  get trouble() {
    return this.#keys?.keysTrouble();
  }

  pass(milliseconds: number): void {
    this.now = new Date(this.now.getTime() + milliseconds);
  }

  stop(): void {
    this.#server?.close().closeAllConnections();
  }

  /** How a token that this key signed is answered: 200, or the status of the failure. */
  async statusOf({ kid, privateKey }: { kid?: string; privateKey: CryptoKey }): Promise<number> {
    const exp = this.now.getTime() / 1000 + 60;
    const token = await new SignJWT({ iss: issuer, aud: audience, sub: 'ann', exp })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', ...(kid === undefined ? {} : { kid }) })
      .sign(privateKey);
    try {
      await this.verify(token);
      return 200;
    } catch (error) {
      if (error instanceof Failure) return error.status;
      throw error;
    }
  }
}

let world: World;
beforeEach(() => {
  world = new World();
  world.published = [old.jwk];
});
afterEach(() => world.stop());

const AWAY = { status: 502, body: '' };

describe('while the issuer answers', () => {
  it('it is asked once in ten minutes, however many requests come, at once too', async () => {
    await world.start();
    const all = await Promise.all(Array.from({ length: 20 }, () => world.statusOf(old)));
    expect([new Set(all), world.asked]).toEqual([new Set([200]), 1]);
    world.pass(9 * MINUTE);
    await world.statusOf(old);
    expect(world.asked).toBe(1);
    world.pass(MINUTE);
    await Promise.all(Array.from({ length: 20 }, () => world.statusOf(old)));
    expect([world.asked, world.trouble]).toEqual([2, undefined]);
  });

  it('a new key is taken at once, if it was not asked in the last half minute', async () => {
    await world.start();
    await world.statusOf(old);
    world.published = [old.jwk, young.jwk];
    expect(await world.statusOf(young)).toBe(401);
    world.pass(31_000);
    expect([await world.statusOf(young), await world.statusOf(old)]).toEqual([200, 200]);
  });

  it('a key that it takes back is good no longer, though it was known', async () => {
    await world.start();
    await world.statusOf(old);
    world.published = [young.jwk];
    world.pass(10 * MINUTE);
    expect([await world.statusOf(old), await world.statusOf(young)]).toEqual([401, 200]);
  });

  it('all of its keys taken back are no outage', async () => {
    await world.start();
    await world.statusOf(old);
    world.published = [];
    world.pass(10 * MINUTE);
    expect([await world.statusOf(old), world.trouble]).toEqual([401, undefined]);
  });

  it('a flood of unknown keys does not make us flood it', async () => {
    await world.start();
    for (let count = 0; count < 20; count += 1) expect(await world.statusOf(unpublished)).toBe(401);
    expect(world.asked).toBe(1);
    world.pass(31_000);
    for (let count = 0; count < 20; count += 1) expect(await world.statusOf(unpublished)).toBe(401);
    expect(world.asked).toBe(2);
  });

  it('new keys without names are found, and no token of a stranger is good', async () => {
    const unnamed = ({ privateKey }: Key) => ({ privateKey });
    world.published = [withoutName(old)];
    await world.start();
    expect(await world.statusOf(unnamed(old))).toBe(200);
    world.published = [withoutName(old), withoutName(young)];
    world.pass(31_000);
    expect(await world.statusOf(unnamed(young))).toBe(200);
    expect(await world.statusOf(unnamed(unpublished))).toBe(401);
    expect(await world.statusOf(unnamed(old))).toBe(200);
  });
});

describe.each<[what: string, fault: World['fault']]>([
  ['a 502', AWAY],
  ['a redirection', { status: 302, body: '' }],
  ['no JSON', { status: 200, body: '<html>' }],
  ['JSON that is no key set', { status: 200, body: '{"keys":"none"}' }],
  ['nothing at all', 'hangs'],
])('while the issuer answers with %s', (_what, fault) => {
  it('known keys go on for a day, unknown ones are a 503, and then all are', async () => {
    await world.start();
    expect(await world.statusOf(old)).toBe(200);
    world.fault = fault;
    for (const hours of [1, 12, 10]) {
      world.pass(hours * HOUR);
      expect(await world.statusOf(old)).toBe(200);
    }
    expect(await world.statusOf(young)).toBe(503);
    if (fault === 'hangs') return;
    world.pass(HOUR - 1);
    expect(await world.statusOf(old)).toBe(200);
    world.pass(1);
    expect(await world.statusOf(old)).toBe(503);
  }, 20_000);
});

describe('an outage of the issuer', () => {
  it('that began before it was ever asked is a 503, and over with its first answer', async () => {
    world.fault = AWAY;
    await world.start();
    expect(await world.statusOf(old)).toBe(503);
    expect(world.trouble).toEqual({ fetched_at: null, usable_until: null });
    world.fault = undefined;
    expect([await world.statusOf(old), world.trouble]).toEqual([200, undefined]);
  });

  it('is warned of in the log, and seen in what is wrong, until it is over', async () => {
    await world.start();
    await world.statusOf(old);
    world.fault = AWAY;
    world.pass(HOUR);
    await world.statusOf(old);
    expect(world.logged).toMatchObject([
      {
        level: 40,
        msg: expect.stringContaining('going on with those known'),
        fetched_at: START.toISOString(),
      },
    ]);
    expect(world.trouble).toEqual({
      fetched_at: '2026-06-01T12:00:00.000Z',
      usable_until: '2026-06-02T12:00:00.000Z',
    });
    world.fault = undefined;
    world.pass(MINUTE);
    await world.statusOf(old);
    expect([world.logged.at(-1)?.level, world.trouble]).toEqual([30, undefined]);
  });

  it('makes us ask once in half a minute, and not for each request', async () => {
    await world.start();
    await world.statusOf(old);
    world.fault = AWAY;
    world.pass(HOUR);
    for (let count = 0; count < 20; count += 1) {
      expect([await world.statusOf(old), await world.statusOf(young)]).toEqual([200, 503]);
    }
    expect(world.asked).toBe(2);
    world.pass(30_000);
    await world.statusOf(old);
    expect(world.asked).toBe(3);
  });

  it('does not keep a key that the issuer took back in the meantime', async () => {
    await world.start();
    await world.statusOf(old);
    world.fault = AWAY;
    world.pass(HOUR);
    expect(await world.statusOf(old)).toBe(200);
    world.fault = undefined;
    world.published = [young.jwk];
    world.pass(MINUTE);
    expect([await world.statusOf(old), await world.statusOf(young)]).toEqual([401, 200]);
  });

  it('lasts as long as it is told to', async () => {
    await world.start(2 * 3600);
    await world.statusOf(old);
    world.fault = AWAY;
    world.pass(2 * HOUR - 1);
    expect(await world.statusOf(old)).toBe(200);
    world.pass(1);
    expect(await world.statusOf(old)).toBe(503);
  });

  it('is noticed by those who watch, though no request comes', async () => {
    await world.start();
    expect(world.trouble).toBeUndefined();
    await eventually(() => expect(world.asked).toBe(1));
    expect(await world.statusOf(old)).toBe(200);
    world.fault = AWAY;
    world.pass(HOUR);
    await eventually(() => expect(world.trouble).toBeDefined());
  });
});
