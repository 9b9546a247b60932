import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import express from 'express';
import { UnsecuredJWT } from 'jose';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { ADMISSION_LIMITS, Admission, type AdmissionLimits } from '../../src/http/admission.ts';
import { claimedCaller } from '../../src/http/bearer.ts';
import { answerErrors } from '../../src/http/errors.ts';
import { listen } from '../../src/http/listen.ts';
import { problemDetails } from '../../src/http/problem.ts';
import { eventually } from '../eventually.ts';
import { Service } from '../service.ts';

const HOUR = 3_600_000;
/** As many of each kind. */
const both = (burst: number) => ({ read: burst, write: burst });
const LIMITS = {
  inFlight: 2,
  burst: both(2),
  burstMs: HOUR,
  waitingBytes: 1_000_000,
  readingMs: HOUR,
  readMs: HOUR,
  writeMs: HOUR,
};
/** More than the buffers of both ends hold. */
const BIG = 'x'.repeat(64 * 1024 * 1024);

/** Ends what requests to `/slow` are doing. */
const ends: (() => void)[] = [];
/** Ends what is done with requests to `/checked` before they are carried out, and says what came of it. */
const checks: ((isGood: boolean) => void)[] = [];
/** How many big responses are over: unless they are read, their connection was cut. */
let cut = 0;
afterEach(() => {
  cut = 0;
  for (const end of ends.splice(0)) end();
  for (const end of checks.splice(0)) end(false);
});

/** A server with one operation that takes as long as a test wishes, and one with a response of 64 MiB, and one that looks at tokens first. */
async function serving(limits: Partial<AdmissionLimits> = {}, now?: () => number): Promise<string> {
  const admission = new Admission({ ...LIMITS, ...limits }, undefined, now);
  const app = express();
  app.use(admission.refuseIfFull(problemDetails));
  const carryOut = <Result>(req: express.Request, work: () => Promise<Result>) =>
    admission.carryOut(req, claimedCaller(req.headers.authorization) ?? 'nobody', work);
  app.all('/slow', async (req, res) => {
    const work = () => new Promise<void>((resolve) => ends.push(resolve));
    await carryOut(req, work);
    res.json('done');
    admission.watch(res);
  });
  app.get('/big', async (req, res) => {
    res.once('close', () => {
      cut += 1;
    });
    await carryOut(req, async () => undefined);
    res.end(BIG);
    admission.watch(res);
  });
  app.all('/checked', async (req, res) => {
    const isGood = await new Promise<boolean>((resolve) => checks.push(resolve));
    if (!isGood) return void res.status(401).json('not you');
    res.json(await carryOut(req, async () => 'done'));
  });
  app.get('/quick', async (req, res) => {
    res.json(await carryOut(req, async () => 'done'));
  });
  app.use(answerErrors(problemDetails));
  const server = await listen(app, { host: '127.0.0.1', port: 0 });
  onTestFinished(() => server.close());
  return server.url;
}

async function ask(url: string, path: string, method = 'GET', caller?: string) {
  const token = caller && new UnsecuredJWT({ iss: 'i', aud: 'a', sub: caller, exp: 1 }).encode();
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  const response = await fetch(`${url}${path}`, { method, headers });
  const { type, detail }: { type?: string; detail?: string } = Object(await response.json());
  return { status: response.status, retryAfter: response.headers.get('retry-after'), type, detail };
}

const tooMuch = {
  status: 503,
  retryAfter: '1',
  type: 'urn:grantkeeper:problem:unavailable',
  detail: expect.stringContaining('too much to do. Nothing was done'),
};

describe('requests beyond those in flight', () => {
  it('are a 503 with Retry-After, at once, until one has ended', async () => {
    const url = await serving();
    const slow = [ask(url, '/slow'), ask(url, '/slow')];
    await eventually(() => expect(ends).toHaveLength(2));
    expect(await ask(url, '/quick')).toEqual(tooMuch);
    ends.pop()?.();
    await Promise.any(slow);
    expect((await ask(url, '/quick')).status).toBe(200);
  });

  it('are let in as a burst, and refused if there is no end of it, until it was calm for a second', async () => {
    let now = 0;
    const url = await serving({ burst: both(4), burstMs: 500 }, () => now);
    const slow = Array.from({ length: 4 }, () => ask(url, '/slow'));
    await eventually(() => expect(ends).toHaveLength(4));
    expect(await ask(url, '/quick'), 'more than a burst').toEqual(tooMuch);
    ends.pop()?.();
    await Promise.any(slow);
    now = 499;
    expect((await ask(url, '/quick')).status, 'in the burst').toBe(200);
    now = 501;
    expect(await ask(url, '/quick'), 'after it').toEqual(tooMuch);
    for (const end of ends.splice(0, 2)) end();
    await eventually(async () => expect((await ask(url, '/quick')).status, 'fewer in flight').toBe(200));
    now = 1_502;
    const again = Array.from({ length: 3 }, () => ask(url, '/slow'));
    await eventually(() => expect(ends).toHaveLength(4));
    for (const end of ends.splice(0)) end();
    const statuses = (await Promise.all([...slow, ...again])).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([200]));
  });

  it('are one burst where they come again before it was calm for as long', async () => {
    let now = 0;
    const url = await serving({ burst: both(4), burstMs: 500 }, () => now);
    /** The statuses of four at once, which take until then. */
    const burst = async (until: number) => {
      let refused = 0;
      const all = Array.from({ length: 4 }, async () => {
        const { status } = await ask(url, '/slow');
        if (status !== 200) refused += 1;
        return status;
      });
      await eventually(() => expect(ends.length + refused).toBe(4));
      now = until;
      for (const end of ends.splice(0)) end();
      return (await Promise.all(all)).toSorted();
    };
    expect(await burst(600)).toEqual([200, 200, 200, 200]);
    now = 1_100;
    expect(await burst(1_110)).toEqual([200, 200, 503, 503]);
    for (now = 2_200; now < 4_000; now += 300) {
      expect(await burst(now + 100), 'far enough from each other').toEqual([200, 200, 200, 200]);
    }
  });

  it('are refused also if the client of one has gone away while it goes on', async () => {
    const url = await serving({ inFlight: 1, burst: both(1) });
    const gone = request(`${url}/slow`)
      .end()
      .on('error', () => undefined);
    await eventually(() => expect(ends).toHaveLength(1));
    gone.destroy();
    await new Promise((resolve) => gone.once('close', resolve));
    expect(await ask(url, '/quick')).toEqual(tooMuch);
    ends.pop()?.();
    await eventually(async () => expect((await ask(url, '/quick')).status).toBe(200));
  });

  it('are refused also if one takes so long that its client was told', async () => {
    const url = await serving({ inFlight: 1, burst: both(1), readMs: 20 });
    expect(await ask(url, '/slow')).toMatchObject({
      status: 503,
      retryAfter: '5',
      detail: expect.stringContaining('took too long'),
    });
    expect(await ask(url, '/quick')).toEqual(tooMuch);
    ends.pop()?.();
    await eventually(async () => expect((await ask(url, '/quick')).status).toBe(200));
  });

  it('are counted for reads and for all others, so that neither keep the other out', async () => {
    const url = await serving({ inFlight: 1, burst: both(1) });
    const reading = ask(url, '/slow');
    await eventually(() => expect(ends).toHaveLength(1));
    const writing = ask(url, '/slow', 'POST');
    await eventually(() => expect(ends).toHaveLength(2));
    expect(await ask(url, '/quick')).toEqual(tooMuch);
    expect(await ask(url, '/slow', 'DELETE')).toEqual(tooMuch);
    for (const end of ends) end();
    expect([(await reading).status, (await writing).status]).toEqual([200, 200]);
  });

  it('may take longer if they do more than read', async () => {
    const url = await serving({ readMs: 20 });
    const writing = ask(url, '/slow', 'POST');
    await eventually(() => expect(ends).toHaveLength(1));
    expect((await ask(url, '/slow')).status).toBe(503);
    ends[0]?.();
    expect((await writing).status).toBe(200);
  });
});

describe('callers', () => {
  const slow = (url: string, caller: string) => ask(url, '/slow', 'GET', caller);
  const quick = async (url: string, caller?: string) => (await ask(url, '/quick', 'GET', caller)).status;

  it('may have all that is in flight while no other asks, and then no more', async () => {
    const url = await serving({ inFlight: 4, burst: both(4) });
    const asked = Array.from({ length: 4 }, () => slow(url, 'busy'));
    await eventually(() => expect(ends).toHaveLength(4));
    expect(await quick(url, 'busy')).toBe(503);
    for (const end of ends) end();
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  });

  it('are let in beside one that has it all, each up to half and together up to the rest of it', async () => {
    const url = await serving({ inFlight: 4, burst: both(20) }, () => 0);
    const asked = Array.from({ length: 20 }, () => slow(url, 'busy'));
    await eventually(() => expect(ends).toHaveLength(20));
    expect(await quick(url), 'who says nothing of itself').toBe(503);
    expect(await quick(url, 'first')).toBe(200);
    asked.push(slow(url, 'first'));
    await eventually(() => expect(ends).toHaveLength(21));
    expect(await quick(url, 'second')).toBe(200);
    asked.push(slow(url, 'second'));
    await eventually(() => expect(ends).toHaveLength(22));
    for (const caller of ['busy', 'first', 'third']) expect(await quick(url, caller)).toBe(503);
    for (const end of ends) end();
    const statuses = (await Promise.all(asked)).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([200]));
  });

  it('have their tokens checked a few at a time, while there is too much to do', async () => {
    const url = await serving({ inFlight: 4, burst: both(4) });
    const checked = (caller: string, method = 'GET') => ask(url, '/checked', method, caller);
    const asked = Array.from({ length: 4 }, () => checked('busy'));
    await eventually(() => expect(checks).toHaveLength(4));
    expect(await checked('busy')).toEqual(tooMuch);
    asked.push(checked('other'));
    await eventually(() => expect(checks).toHaveLength(5));
    // Its body may be on its way.
    asked.push(checked('busy', 'POST'));
    await eventually(() => expect(checks).toHaveLength(6));
    for (const end of checks.splice(0, 3)) end(false);
    expect((await Promise.all(asked.slice(0, 3))).map(({ status }) => status)).toEqual([401, 401, 401]);
    asked.push(checked('busy'));
    await eventually(() => expect(checks).toHaveLength(4));
    for (const end of checks.splice(0)) end(true);
    expect((await Promise.all(asked.slice(3))).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  });

  it('are known by their tokens: bulk revocations of one admin do not stop those of another', async () => {
    const service = new Service({ admissionLimits: { ...LIMITS, inFlight: 8, burst: both(8) } });
    await service.start();
    onTestFinished(() => service.stop());
    const revoke = async (account_id: string) => {
      const as = { sub: 'admin', account_id, permissions: ['account:admin'] };
      const body = { client_id: 'nobody' };
      return (await service.ask('POST', '/api/v1/oauth-grants/revoke', { as, body })).status;
    };
    const { bringIn } = service.model;
    vi.spyOn(service.model, 'bringIn').mockImplementation(async (which, accounts) => {
      if (accounts.includes('busy')) await new Promise<void>((resolve) => ends.push(resolve));
      return bringIn.call(service.model, which, accounts);
    });
    const busy = Array.from({ length: 8 }, () => revoke('busy'));
    await eventually(() => expect(ends).toHaveLength(8));
    expect(await revoke('busy')).toBe(503);
    expect(await revoke('other')).toBe(200);
    vi.restoreAllMocks();
    for (const end of ends) end();
    expect(new Set(await Promise.all(busy))).toEqual(new Set([200]));
  });
});

it('a refusal can be read by pages, and is logged only as one of many', async () => {
  const full = new Service({ admissionLimits: { ...ADMISSION_LIMITS, inFlight: 0, burst: both(0) } });
  await full.start(['https://app.example']);
  onTestFinished(() => full.stop());
  for (const id of ['first', 'second']) {
    const headers = { Origin: 'https://app.example', 'X-Request-Id': id };
    const refused = await full.ask('GET', '/api/v1/oauth-grants', { headers });
    expect(refused.status).toBe(503);
    expect(refused.headers.get('access-control-allow-origin')).toBe('https://app.example');
    expect(refused.headers.get('x-request-id')).toBe(id);
  }
  expect((await full.ask('GET', '/healthz')).status).toBe(200);
  expect((await full.ask('GET', '/readyz')).status).toBe(200);
  // A line for each second: two, if the second request came later.
  const refused = () =>
    [...full.logged.join('').matchAll(/"refused":(\d+)/g)].map(([, count]) => Number(count));
  await eventually(() => expect(refused().reduce((sum, count) => sum + count, 0)).toBe(2));
  const line = full.logged.find((one) => one.includes('"refused"')) ?? '{}';
  expect(JSON.parse(line)).toMatchObject({
    reason: 'overloaded',
    reads: 0,
    writes: 0,
    unread_bytes: 0,
    received_bytes: 0,
  });
  expect(full.logged.join('')).not.toContain('/api/v1/oauth-grants');
});

it('a revocation that is done after its time was over is in the log as a change', async () => {
  const service = new Service({ admissionLimits: { ...LIMITS, writeMs: 50 } });
  await service.start();
  onTestFinished(() => service.stop());
  const { bringIn } = service.model;
  vi.spyOn(service.model, 'bringIn').mockImplementation(async (...which) => {
    await new Promise<void>((resolve) => ends.push(resolve));
    return bringIn.apply(service.model, which);
  });
  const headers = { 'X-Request-Id': 'late' };
  const as = { sub: 'admin', account_id: 'a', permissions: ['account:admin'] };
  const body = { client_id: 'nobody' };
  const { status } = await service.ask('POST', '/api/v1/oauth-grants/revoke', { as, headers, body });
  expect(status).toBe(503);
  const lines = () => service.logged.map((line) => JSON.parse(line)).filter(({ req }) => req?.id === 'late');
  await eventually(() => expect(lines()).toMatchObject([{ problem: { reason: 'too-slow' } }]));
  vi.restoreAllMocks();
  for (const end of ends) end();
  await eventually(() => {
    expect(lines()[1]).toMatchObject({ msg: 'changed', operation: 'revokeOAuthGrants', body });
  });
});

describe('a client that does not read', () => {
  /** Asks for the big response and reads none of it. */
  async function askWithoutReading(url: string, times = 1) {
    const socket = connect(Number(new URL(url).port), '127.0.0.1').pause();
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => undefined);
    socket.write('GET /big HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(times));
    return socket;
  }

  it('makes others a 503 while too many bytes wait for it, and no longer once it is gone', async () => {
    const url = await serving();
    const socket = await askWithoutReading(url);
    await eventually(async () => expect(await ask(url, '/quick')).toEqual(tooMuch));
    socket.destroy();
    await eventually(async () => expect((await ask(url, '/quick')).status).toBe(200));
  });

  it('leaves nothing behind of responses that it had not even begun to read', async () => {
    const url = await serving();
    const socket = await askWithoutReading(url, 3);
    await eventually(async () => expect(await ask(url, '/quick')).toEqual(tooMuch));
    socket.destroy();
    await eventually(async () => expect((await ask(url, '/quick')).status).toBe(200));
  });

  it('loses its connection after a while', async () => {
    const url = await serving({ readingMs: 500 });
    const socket = await askWithoutReading(url);
    await eventually(() => expect(cut).toBe(1));
    socket.resume();
    await once(socket, 'close');
    expect(socket.bytesRead).toBeLessThan(BIG.length);
  });

  it('is in nobody’s way while little waits', async () => {
    const url = await serving({ waitingBytes: 2 * BIG.length, inFlight: 1, burst: both(1) });
    const socket = connect(Number(new URL(url).port), '127.0.0.1').pause();
    onTestFinished(() => void socket.destroy());
    socket.write('GET /big HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(socket, 'readable');
    expect((await ask(url, '/quick')).status).toBe(200);
  });
});
