import { afterEach, describe, expect, it, vi } from 'vitest';
import { type ClientOptions, createClient } from '../src/client.ts';
import { ConnectionError, UsageError } from '../src/errors.ts';
import { listMeGrants, listMyAccountGrants, listOAuthGrants } from '../src/generated/sdk.gen.ts';
import { createGrantkeeper } from '../src/grantkeeper.ts';
import { answer, cut, openLoopback } from './loopback.ts';
import { failureOf } from './surroundings.ts';

const server = openLoopback();
const GOOD = { baseUrl: 'https://api.example.com', token: 'a-token' };

afterEach(() => vi.unstubAllGlobals());

/** Options that the types refuse, as a program without types gives them. */
function untyped<T>(value: unknown): T {
  return value as T;
}

function failureOfCreating(options: unknown): unknown {
  try {
    createGrantkeeper(untyped<ClientOptions>(options));
  } catch (error) {
    return error;
  }
  throw new Error('it was created');
}

describe('a client that is made', () => {
  it.each<[string, object, string]>([
    ...[
      undefined,
      null,
      '',
      ' ',
      'api.example.com',
      'localhost:3000',
      'ftp://api.example.com',
      'https://',
      'https://api.example.com:99999',
      'https://api.example.com\n',
      'https://api example.com',
      'https://api.example.com?tenant=a',
      'https://api.example.com/v1#top',
      'https://someone:very-secret@api.example.com',
      '/api',
      '//api.example.com',
      new URL('https://api.example.com'),
    ].map((baseUrl): [string, object, string] => [`baseUrl ${baseUrl}`, { baseUrl }, 'baseUrl must be like']),
    ...[undefined, null, '', 5, {}, 'Bearer a-token', 'very-secret\n', '<p>very-secret</p> '].map(
      (token): [string, object, string] => [`token ${token}`, { token }, 'token must be'],
    ),
    ...[Number.NaN, 0, -1, '5', {}].map((timeout): [string, object, string] => [
      `timeout ${timeout}`,
      { timeout },
      'timeout must be',
    ]),
    ...[Number.NaN, -1, 1.5, '5', {}, -Infinity].map((retries): [string, object, string] => [
      `retries ${retries}`,
      { retries },
      'retries must be',
    ]),
    [
      'headers with a value of two lines',
      { headers: { 'X-A': 'a\nvery-secret' } },
      'the header "X-A" cannot',
    ],
    ['headers with a name that is none', { headers: { 'X A': 'a' } }, 'the header "X A" cannot'],
    ['onRequest', { onRequest: 'log' }, 'onRequest must be'],
    ['onResponse', { onResponse: {} }, 'onResponse must be'],
    ['onRetry', { onRetry: 1 }, 'onRetry must be'],
  ])('says at once what is wrong: %s', (_name, wrong, message) => {
    const failure = failureOfCreating({ ...GOOD, ...wrong });
    expect(failure).toBeInstanceOf(UsageError);
    expect(failure).toMatchObject({ name: 'UsageError', status: undefined });
    expect(`${failure}`).toContain(message);
    expect(`${failure} ${JSON.stringify(failure)}`).not.toContain('very-secret');
  });

  it('with no options at all says so too', () => {
    expect(failureOfCreating(undefined)).toBeInstanceOf(UsageError);
  });

  it.each([
    'http://127.0.0.1:3000',
    'HTTPS://api.example.com/',
    'https://api.example.com/a/b//',
    'http://[::1]:3000/api',
    'https://bücher.example',
  ])('takes the address %s', (baseUrl) => {
    expect(createClient({ ...GOOD, baseUrl }).getConfig().baseUrl).toBe(baseUrl.replace(/\/+$/, ''));
  });

  it('takes what is undefined for what is absent', async () => {
    server.next(answer(503), answer(200, { data: [] }));
    const options = { headers: undefined, timeout: undefined, onRequest: undefined, retries: undefined };
    const client = createClient({ baseUrl: server.url, token: 'a-token', ...options });
    const { data } = await listMeGrants({
      client,
      baseUrl: undefined,
      bodySerializer: undefined,
      headers: undefined,
      parseAs: undefined,
      redirect: undefined,
      signal: undefined,
      throwOnError: undefined,
    });
    expect(data).toEqual({ data: [] });
  });
});

describe('in a page', () => {
  it.each([
    ['/', '/v1/me/grants'],
    ['/api', '/api/v1/me/grants'],
  ])('the path %s is one of its own host', async (baseUrl, path) => {
    vi.stubGlobal('location', { origin: 'https://app.example', href: 'https://app.example/page' });
    const sent: string[] = [];
    vi.stubGlobal('fetch', async ({ url }: Request) => {
      sent.push(url);
      return Response.json({ data: [] });
    });
    vi.stubGlobal(
      'Request',
      class extends Request {
        constructor(input: Request | string, init?: RequestInit) {
          super(typeof input === 'string' ? new URL(input, 'https://app.example') : input, init);
        }
      },
    );
    const client = createClient({ ...GOOD, baseUrl });
    await listMeGrants({ client });
    // So do the options of TanStack Query.
    await listMeGrants({ client, baseUrl: client.getConfig().baseUrl });
    expect(sent).toEqual([`https://app.example${path}`, `https://app.example${path}`]);
  });

  it('a network that fails may be an origin that the server does not allow: the error says so', async () => {
    vi.stubGlobal('location', { origin: 'https://app.example' });
    server.next(cut);
    const failure = await failureOf(
      createGrantkeeper({ baseUrl: server.url, token: 'a-token', retries: 0 }).me.listGrants(),
    );
    expect(failure).toBeInstanceOf(ConnectionError);
    expect(failure).toMatchObject({
      message: `GET ${server.url}/v1/me/grants: the network failed, or the server's CORS_ORIGINS lacks https://app.example`,
    });
  });

  it.each([
    ['a page of the same origin', () => server.url],
    ['no page', () => undefined],
  ])('the error does not say so in %s', async (_where, origin) => {
    vi.stubGlobal('location', origin() && { origin: origin() });
    server.next(cut);
    const { me } = createGrantkeeper({ baseUrl: server.url, token: 'a-token', retries: 0 });
    expect(await failureOf(me.listGrants())).toMatchObject({
      message: `GET ${server.url}/v1/me/grants: the network failed`,
    });
  });
});

describe('a call', () => {
  const client = createClient(GOOD);
  const { grants, me, account, applications } = createGrantkeeper(GOOD);
  const circular: { itself?: unknown } = {};
  circular.itself = circular;
  const secret = { 'logto-verification-id': 'a\nvery-secret' };

  it.each<[string, () => Promise<unknown>]>([
    ['a time limit of zero', () => me.listGrants({ timeout: 0 })],
    ['half a retry', () => me.listGrants({ retries: 0.5 })],
    ['a verification id with a line break', () => account('a\nvery-secret').listGrants()],
    ['the same in a function', () => listMyAccountGrants({ client, headers: secret })],
    ['no id', () => grants.get(untyped(undefined))],
    ['an id that is a number', () => me.revokeGrant(untyped(5))],
    ['an id with half a character', () => grants.get('\ud800')],
    ['a filter with half a character', () => grants.list({ client_id: '\ud800' })],
    ['a filter that is a list', () => grants.list({ client_id: untyped(['a', 'b']) })],
    ['a body that is no JSON', () => grants.revokeMany({ client_id: untyped(circular) })],
    ['half an address of a scope', () => applications.removeUserConsentScope('an-app', untyped({}))],
    ['another baseUrl that is none', () => listMeGrants({ client, baseUrl: 'api.example' })],
    ['a signal that is none', () => me.listGrants({ signal: untyped({}) })],
    ['a redirect mode that is none', () => listMeGrants({ client, redirect: untyped('never') })],
  ])('that cannot be made is a UsageError: %s', async (_name, call) => {
    vi.stubGlobal('fetch', () => Promise.reject(new Error('something was sent')));
    const failure = await failureOf(call());
    expect(failure).toBeInstanceOf(UsageError);
    const { cause } = failure as UsageError;
    expect(`${failure} ${cause}`).not.toContain('very-secret');
  });

  it('takes null for no query and no options', async () => {
    server.next(answer(200, { grants: [] }), answer(200, { data: [] }));
    const local = createGrantkeeper({ baseUrl: server.url, token: 'a-token' });
    expect(await local.grants.list(untyped(null), untyped(null))).toEqual({ grants: [] });
    expect(await local.me.listGrants(untyped(null))).toEqual([]);
  });

  it.each(['fetch', 'Request', 'Response', 'AbortController'])(
    'in a runtime without %s says so',
    async (name) => {
      vi.stubGlobal(name, undefined);
      const failure = await failureOf(me.listGrants());
      expect(failure).toBeInstanceOf(UsageError);
      expect(failure).toMatchObject({
        message: `this runtime has no ${name}: load a fetch polyfill`,
      });
    },
  );

  it('leaves the errors of your own interceptors as they are', async () => {
    const own = new Error('not today');
    const other = createClient(GOOD);
    other.interceptors.request.use(() => Promise.reject(own));
    expect(await failureOf(listOAuthGrants({ client: other }))).toBe(own);
  });

  it('leaves the reason of its signal as it is, whatever that is', async () => {
    const reason = new TypeError('mine');
    expect(await failureOf(me.listGrants({ signal: AbortSignal.abort(reason) }))).toBe(reason);
  });
});

it('a runtime without Headers is told when a client is made', () => {
  vi.stubGlobal('Headers', undefined);
  expect(failureOfCreating(GOOD)).toMatchObject({
    name: 'UsageError',
    message: 'this runtime has no Headers: load a fetch polyfill',
  });
});
