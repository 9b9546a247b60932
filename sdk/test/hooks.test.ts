import { describe, expect, it } from 'vitest';
import { listMyAccountGrants } from '../src/generated/sdk.gen.ts';
import type { Hooks } from '../src/hooks.ts';
import { answer, cut, openLoopback } from './loopback.ts';
import { clientIn, failureOf, Surroundings } from './surroundings.ts';

const server = openLoopback();
const TOKEN = 'very-secret-token';
const VERIFICATION_ID = 'very-secret-verification';

function list(hooks: Hooks, around = new Surroundings()) {
  return listMyAccountGrants({
    client: clientIn(around, server.url, { token: TOKEN, ...hooks }),
    headers: { 'logto-verification-id': VERIFICATION_ID },
  });
}

describe('hooks', () => {
  it('see every try, answer and retry, in order', async () => {
    const around = new Surroundings();
    const events: unknown[] = [];
    server.next(
      (response) => {
        around.time += 40;
        answer(503, undefined, { 'X-Request-Id': 'first' })(response, server.received[0] ?? never());
      },
      answer(200, { grants: [] }, { 'X-Request-Id': 'second' }),
    );
    await list(
      {
        onRequest: (event) => events.push(['request', event.attempt, event.method, event.url]),
        onResponse: (event) =>
          events.push(['response', event.attempt, event.status, event.requestId, event.duration]),
        onRetry: (event) => events.push(['retry', event.attempt, event.delay, event.error.status]),
      },
      around,
    );
    const url = `${server.url}/api/my-account/grants`;
    expect(events).toEqual([
      ['request', 1, 'GET', url],
      ['response', 1, 503, 'first', 40],
      ['retry', 1, 500, 503],
      ['request', 2, 'GET', url],
      ['response', 2, 200, 'second', 0],
    ]);
  });

  it('never see the token or the verification id, though both are sent', async () => {
    const seen: string[] = [];
    const see = (event: object) => {
      const headers = 'headers' in event && event.headers instanceof Headers ? [...event.headers] : [];
      seen.push(JSON.stringify([event, headers]), String('error' in event ? event.error : ''));
    };
    server.next(cut, answer(401, undefined, { 'WWW-Authenticate': 'Bearer' }));
    const failure = await failureOf(list({ onRequest: see, onResponse: see, onRetry: see }));
    seen.push(JSON.stringify(failure), String(failure));
    expect(server.received[0]?.headers).toMatchObject({
      authorization: `Bearer ${TOKEN}`,
      'logto-verification-id': VERIFICATION_ID,
    });
    expect(seen.join()).toContain('["authorization","[hidden]"]');
    expect(seen.join()).toContain('["logto-verification-id","[hidden]"]');
    expect(seen.join()).not.toContain('very-secret');
  });

  it('see of a header of your own its name only', async () => {
    const seen: Headers[] = [];
    server.next(answer(200, { grants: [] }));
    await listMyAccountGrants({
      client: clientIn(new Surroundings(), server.url, { onRequest: ({ headers }) => seen.push(headers) }),
      headers: {
        'logto-verification-id': VERIFICATION_ID,
        'X-Api-Key': 'very-secret',
        'X-Request-Id': 'mine',
      },
    });
    expect(server.received[0]?.headers).toMatchObject({ 'x-api-key': 'very-secret', 'x-request-id': 'mine' });
    expect(Object.fromEntries(seen[0] ?? [])).toEqual({
      authorization: '[hidden]',
      'logto-verification-id': '[hidden]',
      'x-api-key': '[hidden]',
      'x-request-id': 'mine',
    });
  });

  it('that throw break no call', async () => {
    const fail = () => {
      throw new Error('the log is full');
    };
    for (const hook of [fail, async () => fail()]) {
      server.next(answer(503), answer(200, { grants: [] }));
      const { data } = await list({ onRequest: hook, onResponse: hook, onRetry: hook });
      expect(data).toEqual({ grants: [] });
    }
  });
});

function never(): never {
  throw new Error('nothing was received');
}
