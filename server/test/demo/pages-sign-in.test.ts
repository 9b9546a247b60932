import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { mongo } from 'mongoose';
import * as client from 'openid-client';
import { beforeAll, describe, expect, test } from 'vitest';
import { type ServerProcess, startServer } from '../../../scripts/processes/server-process.ts';
import { useProcesses } from '../../../scripts/processes/use-processes.ts';
import { findEmbeddedUri } from '../../src/database/open.ts';
import { PAGES_CLIENT } from '../../src/demo/idp/clients.ts';
import { isAll } from '../effort.ts';
import { Browser } from './browser.ts';

const AUDIENCE = 'https://grants.example/';
const LOCAL = 'http://127.0.0.1:4173';
const ELSEWHERE = 'https://account.example';
const OTHERS = 'app_of_others';
const folder = await useProcesses();
let server: ServerProcess;

beforeAll(async () => {
  const DATA_DIR = join(folder, randomUUID());
  server = await startServer({
    DATA_DIR,
    AUTH_AUDIENCE: AUDIENCE,
    CORS_ORIGINS: `${LOCAL},${ELSEWHERE}`,
    PUBLIC_URL: 'http://127.0.0.1:8080/gk',
  });
  const connection = await new mongo.MongoClient((await findEmbeddedUri(DATA_DIR)) ?? '').connect();
  const clients = connection.db().collection<{ _id: string; oidc: object }>('oauth_clients');
  const oidc = { client_id: OTHERS, redirect_uris: [`${LOCAL}/grants/`], token_endpoint_auth_method: 'none' };
  await clients.insertOne({ _id: OTHERS, oidc });
  await connection.close();
});

const here = (path = '/app/grants/') => new URL(path, server.url).href;

interface Asked {
  as?: string;
  back?: string;
  hint?: string;
}

/** What a page asks for, where that sends it, and what it gets for the answer. */
async function ask({ as = PAGES_CLIENT, back = here(), hint }: Asked = {}) {
  const config = await client.discovery(new URL(`${server.url}/demo-idp`), as, undefined, client.None(), {
    execute: [client.allowInsecureRequests],
  });
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: back,
    scope: 'openid profile',
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    ...(hint !== undefined && { login_hint: hint }),
  });
  const tokens = (callback: URL) => client.authorizationCodeGrant(config, callback, { pkceCodeVerifier });
  const refresh = (token = '') => client.refreshTokenGrant(config, token);
  return { url, tokens, refresh };
}

async function signIn(person: string, browser = new Browser()) {
  const { url, tokens, refresh } = await ask({ hint: person });
  await browser.open(url);
  if (browser.url.pathname.startsWith('/demo-idp')) await browser.press({ person });
  await confirmSwitch(browser);
  return { given: await tokens(browser.url), refresh, browser };
}

/** The library's own page, which signs one person out for the other. */
async function confirmSwitch(browser: Browser): Promise<void> {
  if (!browser.page.includes('name="xsrf"')) return;
  const hidden = [...browser.page.matchAll(/name="(\w+)" value="([^"]*)"/g)];
  await browser.press(Object.fromEntries(hidden.map(([, name, value]) => [name, value])));
}

const list = async (path: string, token: string) => {
  const answer = await fetch(`${server.url}${path}`, { headers: { Authorization: `Bearer ${token}` } });
  return { status: answer.status, body: JSON.parse(await answer.text()) };
};

describe('the sign-in of the pages at /app/', () => {
  test('gives tokens for our API, whatever its audience, and says who the person is', async () => {
    const { given } = await signIn('priya');
    expect(decodeJwt(given.access_token)).toMatchObject({ aud: AUDIENCE, permissions: ['project:admin'] });
    expect(given.claims()).toMatchObject({
      sub: 'priya-raman',
      name: 'Priya Raman',
      preferred_username: 'priya',
      role: 'Project admin',
    });
    expect((await list('/api/v1/oauth-grants?limit=1', given.access_token)).status).toBe(200);
  });

  test('renews tokens with a refresh token that is good for one use, and shows no connected app', async () => {
    const { given, refresh } = await signIn('tomas');
    const renewed = await refresh(given.refresh_token);
    expect(decodeJwt(renewed.access_token)).toMatchObject({ aud: AUDIENCE, sub: 'tomas-ferreira' });
    const { body } = await list(
      `/api/v1/oauth-grants?client_id=${PAGES_CLIENT}&status=all`,
      renewed.access_token,
    );
    expect(body.total_count).toBe(0);
    expect((await list('/v1/me/grants', renewed.access_token)).body.data).toEqual([]);
    await expect(refresh(given.refresh_token)).rejects.toMatchObject({ error: 'invalid_grant' });
    // Somebody has it who should not.
    await expect(refresh(renewed.refresh_token)).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  test('ends the refresh token with the session, as when somebody else signs in', async () => {
    const { given, refresh, browser } = await signIn('greta');
    await signIn('noor', browser);
    await expect(refresh(given.refresh_token)).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  test('asks nobody who is signed in, if the page is for them or for anybody', async () => {
    const { browser } = await signIn('priya');
    for (const hint of ['priya', undefined]) {
      const { url, tokens } = await ask({ ...(hint && { hint }) });
      expect((await tokens((await browser.open(url)).url)).claims()?.sub).toBe('priya-raman');
    }
  });

  test('puts the person that the page is for first, and takes whom somebody chooses', async () => {
    const { browser } = await signIn('priya');
    const { url, tokens } = await ask({ hint: 'noor' });
    await browser.open(url);
    expect(browser.text).toMatch(
      /You are signed in as Priya Raman \. Continue as Noor Haddad New member Or as/,
    );
    const offered = [...browser.page.matchAll(/name="person" value="(\w+)"/g)].map(([, id]) => id);
    expect(offered).toEqual(['noor', 'michael', 'priya', 'tomas', 'greta']);
    await browser.press({ person: 'greta' });
    await confirmSwitch(browser);
    expect((await tokens(browser.url)).claims()?.sub).toBe('greta-nystrom');
  });

  test.each(['nobody', 'management', 'Noor Haddad', '<b>'])(
    'asks who somebody is for a person it does not know: "%s"',
    async (hint) => {
      const { browser } = await signIn('priya');
      await browser.open((await ask({ hint })).url);
      expect(browser.text).toMatch(/^Sign in to Vertesia/);
      expect(browser.text).not.toContain('Continue as');
    },
  );

  test('tells the page that the person cancelled', async () => {
    const { url, tokens } = await ask({ hint: 'noor' });
    const browser = await (await new Browser().open(url)).press({ answer: 'cancel' });
    expect(browser.url.pathname).toBe('/app/grants/');
    await expect(tokens(browser.url)).rejects.toMatchObject({ error: 'access_denied' });
  });
});

describe('where the pages may be', () => {
  const asking = async (asked: Asked) => {
    const answer = await fetch((await ask(asked)).url, { redirect: 'manual' });
    return { status: answer.status, page: await answer.text() };
  };

  test.each([
    ['here', () => here('/app/connected-apps/')],
    ['here, by another name', () => here().replace('127.0.0.1', 'localhost')],
    ['at an origin of CORS_ORIGINS', () => `${LOCAL}/grants/`],
    ['in any folder there', () => `${ELSEWHERE}/settings/apps/connected-apps/`],
    ['at PUBLIC_URL, below its prefix', () => 'http://127.0.0.1:8080/gk/app/grants/'],
  ])('%s', async (_where, back) => {
    expect((await asking({ back: back() })).status).toBe(303);
  });

  test.each([
    ['at another origin', 'https://evil.example/grants/'],
    ['at an origin that only looks like one of them', `${ELSEWHERE}.evil.example/grants/`],
    ['without TLS', 'http://account.example/grants/'],
    ['at another port', 'http://127.0.0.1:4174/grants/'],
    ['with a name before the host', 'https://someone@account.example/grants/'],
    ['on another page', `${ELSEWHERE}/`],
    ['on a page that ends alike', `${ELSEWHERE}/all-grants/`],
    ['with a query', `${ELSEWHERE}/grants/?next=x`],
    ['with a fragment', `${ELSEWHERE}/grants/#x`],
    ['by a way round', `${ELSEWHERE}/grants/../connected-apps/`],
    ['in a file', `${ELSEWHERE}/grants/index.html`],
    ['nowhere', 'javascript:alert(1)//grants/'],
  ])('not %s', async (_where, back) => {
    const { status, page } = await asking({ back });
    expect(status).toBe(400);
    expect(page).toContain('<h1>That did not work</h1>');
  });

  test('says which variable lets a page sign in from its origin', async () => {
    const { page } = await asking({ back: 'http://localhost:5173/grants/' });
    expect(page).toContain('<code>CORS_ORIGINS=http://localhost:5173</code>');
  });

  test('only for the pages, not for an app of others', async () => {
    const { status, page } = await asking({ as: OTHERS, back: `${ELSEWHERE}/grants/` });
    expect(status).toBe(400);
    expect(page).not.toContain('CORS_ORIGINS');
  });

  test('lets the sign-in form lead back there', async () => {
    const { headers } = await new Browser().open((await ask({ back: `${LOCAL}/grants/` })).url);
    const [, targets] = /form-action ([^;]*)/.exec(headers.get('content-security-policy') ?? '') ?? [];
    const { port } = new URL(server.url);
    expect(targets?.split(' ')).toEqual([
      "'self'",
      `http://localhost:${port}`,
      `http://127.0.0.1:${port}`,
      LOCAL,
      ELSEWHERE,
      'http://127.0.0.1:8080',
    ]);
  });
});

describe('what a page of another origin may call', () => {
  const exchange = async (Origin: string, client_id = PAGES_CLIENT) => {
    const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'x', client_id });
    const answer = await fetch(`${server.url}/demo-idp/token`, { method: 'POST', headers: { Origin }, body });
    const allowed = answer.headers.get('access-control-allow-origin');
    return { status: answer.status, allowed, body: await answer.text() };
  };

  test.each([LOCAL, ELSEWHERE])('the token endpoint and the metadata, from %s', async (Origin) => {
    expect(await exchange(Origin)).toMatchObject({
      allowed: Origin,
      body: expect.stringContaining('invalid_grant'),
    });
    const metadata = `${server.url}/demo-idp/.well-known/openid-configuration`;
    const { status, headers } = await fetch(metadata, { headers: { Origin } });
    expect([status, headers.get('access-control-allow-origin')]).toEqual([200, Origin]);
  });

  test('the token endpoint only as the pages', async () => {
    expect(await exchange(LOCAL, OTHERS)).toMatchObject({
      status: 400,
      allowed: null,
      body: expect.stringContaining('not allowed for client'),
    });
  });

  test('nothing from an origin that CORS_ORIGINS does not name, and it says so', async () => {
    expect(await exchange('https://evil.example')).toMatchObject({
      status: 403,
      allowed: null,
      body: expect.stringContaining('see CORS_ORIGINS'),
    });
  });

  test.each([
    '/demo-idp/interaction/x',
    '/demo-idp/session/end/confirm',
    '/demo-idp/auth',
    '/demo-app/connect',
  ])('never what reads cookies: %s', async (path) => {
    const answer = await fetch(`${server.url}${path}`, { method: 'POST', headers: { Origin: LOCAL } });
    expect([answer.status, await answer.text()]).toEqual([
      403,
      expect.stringContaining('Pages of other origins may not call here, whatever CORS_ORIGINS says.'),
    ]);
  });
});

test.runIf(isAll)('leads nowhere else if CORS_ORIGINS lets any page call', async () => {
  const any = await startServer({ DATA_DIR: join(folder, randomUUID()), CORS_ORIGINS: '*' });
  const config = new URLSearchParams({
    client_id: PAGES_CLIENT,
    redirect_uri: `${ELSEWHERE}/grants/`,
    response_type: 'code',
    scope: 'openid',
  });
  const { status } = await fetch(`${any.url}/demo-idp/auth?${config}`, { redirect: 'manual' });
  expect(status).toBe(400);
});
