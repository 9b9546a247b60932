import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { mongo } from 'mongoose';
import * as client from 'openid-client';
import { beforeAll, describe, expect, test } from 'vitest';
import { type ServerProcess, startServer } from '../../../scripts/processes/server-process.ts';
import { useProcesses } from '../../../scripts/processes/use-processes.ts';
import { findEmbeddedUri } from '../../src/database/open.ts';
import { PAGES_CLIENT } from '../../src/demo/idp/clients.ts';
import { MCP } from '../../src/demo/platform.ts';
import { Browser } from './browser.ts';

const AUDIENCE = 'urn:grantkeeper:api';
const folder = await useProcesses();

/** Says on standard output when one of the libraries that only the demo needs is loaded. */
const HOOK = `import { writeSync } from 'node:fs';
export function load(url, context, next) {
  const [, name] = /node_modules\\/(oidc-provider|openid-client)\\//.exec(url) ?? [];
  if (name) writeSync(1, 'loaded ' + name + '\\n');
  return next(url, context);
}`;
const script = (text: string) => `data:text/javascript,${encodeURIComponent(text)}`;
const WATCHED = `--import=${script(`import { register } from 'node:module'; register(${JSON.stringify(script(HOOK))});`)}`;

let server: ServerProcess;
let dataDir: string;

async function start(PORT = '0'): Promise<void> {
  server = await startServer({ DATA_DIR: dataDir, PORT, NODE_OPTIONS: WATCHED });
}

beforeAll(async () => {
  dataDir = join(folder, randomUUID());
  await start();
  await registerApp();
});

/** An app of somebody else, as an administrator of the platform registers it. */
const APP = 'app_of_others';

async function registerApp(): Promise<void> {
  const connection = await new mongo.MongoClient((await findEmbeddedUri(dataDir)) ?? '').connect();
  const oidc = {
    client_id: APP,
    client_name: 'Some <app>',
    redirect_uris: [`${server.url}/app/`],
    token_endpoint_auth_method: 'none',
  };
  const clients = connection.db().collection<{ _id: string; oidc: object }>('oauth_clients');
  await clients.insertOne({ _id: APP, oidc });
  await connection.close();
}

interface Asked {
  as?: string;
  resource?: string;
  scope?: string;
}

const FOR_APP: Asked = { as: APP, resource: MCP, scope: 'openid mcp' };

/** A request to sign in for the platform's own pages, and what proves that it was ours. */
async function request({ as = PAGES_CLIENT, resource = AUDIENCE, scope = 'openid profile' }: Asked = {}) {
  const config = await client.discovery(new URL(`${server.url}/demo-idp`), as, undefined, client.None(), {
    execute: [client.allowInsecureRequests],
  });
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: `${server.url}/app/${as === PAGES_CLIENT ? 'grants/' : ''}`,
    scope,
    resource,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  });
  const tokens = (callback: URL) =>
    client.authorizationCodeGrant(config, callback, { pkceCodeVerifier }, { resource });
  return { url, tokens };
}

async function signIn(person: string, asked: Asked = {}): Promise<client.TokenEndpointResponse> {
  const { url, tokens } = await request(asked);
  const browser = await (await new Browser().open(url)).press({ person });
  if (browser.page.includes('value="allow"')) await browser.press({ answer: 'allow' });
  return tokens(browser.url);
}

const ask = (path: string, { access_token }: { access_token: string }) =>
  fetch(`${server.url}${path}`, { headers: { Authorization: `Bearer ${access_token}` } });

describe("the demo's authorization server", () => {
  test('is loaded when it is first asked, not by a start, nor by a request to the API', async () => {
    expect((await ask('/v1/me/grants', { access_token: 'a.b.c' })).status).toBe(401);
    expect(server.stdout).not.toContain('loaded ');
    const metadata = await fetch(`${server.url}/demo-idp/.well-known/openid-configuration`);
    expect(await metadata.json()).toMatchObject({ issuer: `${server.url}/demo-idp` });
    await server.printed(/loaded oidc-provider/);
  });

  test('signs a person in without a password, and our API takes the token for what they may see', async () => {
    const tomas = await signIn('tomas');
    const { status, body } = await read(await ask('/api/v1/oauth-grants?limit=1', tomas));
    expect(status).toBe(200);
    expect(body.total_count).toBeGreaterThan(100);
    expect((await read(await ask('/api/v1/oauth-grants', await signIn('noor')))).body.total_count).toBe(0);
  });

  test('makes no connected app of the pages that show those', async () => {
    const { status, body } = await read(await ask('/v1/me/grants', await signIn('noor')));
    expect([status, body.data]).toEqual([200, []]);
  });

  test('gives a token for another resource, which our API refuses', async () => {
    const mcp = await signIn('noor', FOR_APP);
    const { status, body } = await read(await ask('/v1/me/grants', mcp));
    expect([status, body.message]).toEqual([401, expect.stringContaining('"aud"')]);
  });

  test.each<[what: string, asked: Asked]>([
    ['a resource that it does not know', { resource: 'https://elsewhere.example/' }],
    ['our API, to an app of others', { ...FOR_APP, resource: AUDIENCE }],
    ['a resource of others, to our own pages', { resource: MCP }],
  ])('gives no token for %s', async (_what, asked) => {
    const { url, tokens } = await request(asked);
    const browser = await new Browser().open(url);
    await expect(tokens(browser.url)).rejects.toMatchObject({ error: 'invalid_target' });
  });

  test('asks for proof that the code comes from who asked for it (RFC 7636)', async () => {
    const { url, tokens } = await request();
    url.searchParams.delete('code_challenge');
    url.searchParams.delete('code_challenge_method');
    const browser = await new Browser().open(url);
    await expect(tokens(browser.url)).rejects.toMatchObject({ error: 'invalid_request' });
  });

  test('tells the app that a person denied', async () => {
    const { url, tokens } = await request(FOR_APP);
    const browser = await (await new Browser().open(url)).press({ person: 'priya' });
    expect(browser.text).toMatch(
      /^Allow Some <app> to use your account\? .* Priya Raman.*use the platform’s tools/,
    );
    await browser.press({ answer: 'deny' });
    await expect(tokens(browser.url)).rejects.toMatchObject({ error: 'access_denied' });
  });

  test('lets somebody else sign in where a person is signed in already', async () => {
    const browser = await (await new Browser().open((await request(FOR_APP)).url)).press({ person: 'priya' });
    const [, elsewhere = ''] = /<a href="([^"]+)">Switch person/.exec(browser.page) ?? [];
    await browser.open(elsewhere.replaceAll('&#38;', '&'));
    expect(browser.text).toMatch(/^Sign in to Vertesia/);
    await browser.press({ person: 'tomas' });
    // The library's own page, which signs one person out for the other.
    const hidden = [...browser.page.matchAll(/name="(\w+)" value="([^"]*)"/g)].map(([, name, value]) => [
      name,
      value,
    ]);
    await browser.press(Object.fromEntries(hidden));
    expect(browser.text).toContain('You are signed in as Tomás Ferreira');
  });

  test.each([
    ['nobody it knows', { person: 'management' }, 'the demo has no such person'],
    ['nothing', {}, 'the demo has no such person'],
  ])('refuses to sign in %s', async (_what, fields, reason) => {
    const browser = await new Browser().open((await request()).url);
    await browser.press(fields);
    expect([browser.status, browser.text]).toEqual([400, expect.stringContaining(reason)]);
  });

  test('says on a page what is wrong with a sign-in that is over, or with a request', async () => {
    const over = await new Browser().open(`${server.url}/demo-idp/interaction/over`);
    expect([over.status, over.text]).toEqual([
      400,
      'That did not work This sign-in is over: it was finished, or it expired. Go to Sunrise Notes or pick a demo user .',
    ]);
    expect(over.page).toContain(`<a href="${server.url}/demo-app/">`);
    const bad = await new Browser().open(`${server.url}/demo-idp/auth?client_id=%3Cscript%3E`);
    expect([bad.status, bad.text]).toEqual([
      400,
      expect.stringMatching(/^That did not work.*client is invalid/),
    ]);
  });

  test('has pages that load nothing but their own styles and may not be framed', async () => {
    const { headers, page } = await new Browser().open((await request()).url);
    expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(page).not.toMatch(/<script|<style| style=/);
    for (const [, href = ''] of page.matchAll(/rel="stylesheet" href="([^"]+)"/g))
      expect((await fetch(new URL(href, server.url))).headers.get('content-type')).toContain('text/css');
  });

  test('keeps people signed in over a restart', async () => {
    const browser = await (await new Browser().open((await request()).url)).press({ person: 'greta' });
    await server.stop();
    await start(new URL(server.url).port);
    const { url, tokens } = await request();
    const { access_token } = await tokens((await browser.open(url)).url);
    expect((await ask('/v1/me/grants', { access_token })).status).toBe(200);
  });
});

async function read(answer: Response) {
  return { status: answer.status, body: JSON.parse(await answer.text()) };
}
