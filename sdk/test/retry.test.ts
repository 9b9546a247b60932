import { beforeEach, describe, expect, it } from 'vitest';
import { ApiError, ConnectionError, TimeoutError, UserConsentScopesError } from '../src/errors.ts';
import {
  assignUserConsentScopes,
  listOAuthGrants,
  removeUserConsentScope,
  searchOAuthGrants,
} from '../src/generated/sdk.gen.ts';
import { delayBefore, retryAfterOf } from '../src/retry.ts';
import { answer, cut, cutInBody, html, openLoopback, silent } from './loopback.ts';
import { clientIn, failureOf, Surroundings } from './surroundings.ts';

const server = openLoopback();
const page = { grants: [], total_count: 0, limit: 100, offset: 0 };
let around: Surroundings;

beforeEach(() => {
  around = new Surroundings();
});

const list = (options = {}) => listOAuthGrants({ client: clientIn(around, server.url, options) });
const path = { applicationId: 'an-app' };
const assign = () => assignUserConsentScopes({ client: clientIn(around, server.url), path, body: {} });
const remove = () =>
  removeUserConsentScope({
    client: clientIn(around, server.url),
    path: { ...path, scopeType: 'user-scopes', scopeId: 'email' },
  });

describe('a safe request', () => {
  it.each([408, 429, 500, 502, 503, 504])('is sent again after a %i', async (status) => {
    server.next(answer(status), answer(200, page));
    expect((await list()).data).toEqual(page);
    expect(server.received).toHaveLength(2);
    expect(around.slept).toEqual([500]);
  });

  it.each([400, 401, 403, 404, 409, 422])('is not sent again after a %i', async (status) => {
    server.next(answer(status));
    expect(await failureOf(list())).toMatchObject({ status });
    expect(around.slept).toEqual([]);
  });

  it('is a search, too, although it is a POST', async () => {
    server.next(answer(503), answer(200, { users: [], clients: [] }));
    const found = await searchOAuthGrants({ client: clientIn(around, server.url), body: { query: 'ada' } });
    expect(found.data).toEqual({ users: [], clients: [] });
    expect(server.received).toHaveLength(2);
  });

  it('is sent again when a proxy answers with a page of its own', async () => {
    server.next(html(502), answer(200, page));
    expect((await list()).data).toEqual(page);
  });

  it('is sent again when the connection is cut before the answer', async () => {
    server.next(cut, answer(200, page));
    expect((await list()).data).toEqual(page);
  });

  it('is sent again when the connection is cut in the middle of the body', async () => {
    server.next(cutInBody, answer(200, page));
    expect((await list()).data).toEqual(page);
    expect(around.slept).toEqual([500]);
  });

  it('is sent again when no answer comes in time', async () => {
    const first = silent();
    server.next(first, answer(200, page));
    const listing = list();
    await first.come;
    await around.endTime(0);
    expect((await listing).data).toEqual(page);
    expect(around.slept).toEqual([500]);
  });

  it('is given up after two more tries, with the last failure', async () => {
    server.next(answer(500), answer(502), answer(503));
    expect(await failureOf(list())).toMatchObject({ status: 503 });
    expect(around.slept).toEqual([500, 1000]);
  });

  it('is tried as often as it was told', async () => {
    server.next(...Array.from({ length: 7 }, () => answer(503)));
    await failureOf(list({ retries: 6 }));
    expect(around.slept).toEqual([500, 1000, 2000, 4000, 8000, 8000]);
  });

  it('is sent once when it was told not to be tried again', async () => {
    server.next(cut);
    expect(await failureOf(list({ retries: 0 }))).toBeInstanceOf(ConnectionError);
  });
});

describe('an unsafe request without a key', () => {
  it.each([
    ['POST', assign],
    ['DELETE', remove],
  ])('is never sent again: %s', async (_method, call) => {
    for (const treatment of [answer(408), answer(429), answer(503, undefined, { 'Retry-After': '1' })]) {
      server.next(treatment);
      expect(await failureOf(call())).toBeInstanceOf(UserConsentScopesError);
    }
    for (const treatment of [cut, cutInBody]) {
      server.next(treatment);
      expect(await failureOf(call())).toBeInstanceOf(ConnectionError);
    }
    expect(server.received).toHaveLength(5);
    expect(around.slept).toEqual([]);
  });

  it('is not sent again when no answer comes in time', async () => {
    const only = silent();
    server.next(only);
    const failing = failureOf(assign());
    await only.come;
    await around.endTime(0);
    expect(await failing).toBeInstanceOf(TimeoutError);
    expect(server.received).toHaveLength(1);
  });
});

describe('Retry-After', () => {
  it('in seconds is waited for', async () => {
    server.next(answer(503, undefined, { 'Retry-After': '7' }), answer(200, page));
    await list();
    expect(around.slept).toEqual([7000]);
  });

  it('as a date is waited for, by the clock', async () => {
    const date = new Date(around.time + 12_000).toUTCString();
    server.next(answer(429, undefined, { 'Retry-After': date }), answer(200, page));
    await list();
    expect(around.slept).toEqual([12_000]);
  });

  it('as a date that has passed is no wait', async () => {
    const date = new Date(around.time - 5_000).toUTCString();
    server.next(answer(503, undefined, { 'Retry-After': date }), answer(200, page));
    await list();
    expect(around.slept).toEqual([0]);
  });

  it('of more than a minute is told to the caller instead', async () => {
    server.next(answer(503, undefined, { 'Retry-After': '61' }));
    const failure = await failureOf(list());
    expect(failure).toBeInstanceOf(ApiError);
    expect(failure).toMatchObject({ status: 503, retryAfter: 61_000 });
    expect(around.slept).toEqual([]);
  });

  it.each(['soon', '-3', '1.5', ''])('that is neither form does not count: "%s"', (value) => {
    expect(retryAfterOf(new Headers({ 'Retry-After': value }), around.time)).toBeUndefined();
  });
});

describe('the wait between two tries', () => {
  it('loses up to a quarter at random', async () => {
    around.chance = 0.5;
    server.next(answer(500), answer(200, page));
    await list();
    expect(around.slept).toEqual([437.5]);
  });

  it('lies between three quarters and the whole, whatever chance says', () => {
    for (const random of [0, 0.1, 0.5, 0.999]) {
      for (const [index, whole] of [500, 1000, 2000, 4000, 8000, 8000].entries()) {
        const delay = delayBefore(index + 1, undefined, random);
        expect(delay).toBeGreaterThanOrEqual(whole * 0.75);
        expect(delay).toBeLessThanOrEqual(whole);
      }
    }
  });
});
