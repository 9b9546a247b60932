import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type ServerProcess, startServer } from '../../../scripts/processes/server-process.ts';
import { useProcesses } from '../../../scripts/processes/use-processes.ts';
import { Browser } from './browser.ts';

const CLIENT = 'demo_sunrise_notes';
/** Its pages may call the API. */
const TRUSTED = 'http://127.0.0.1:4173';
const folder = await useProcesses();
let server: ServerProcess;

beforeAll(async () => {
  server = await startServer({ DATA_DIR: join(folder, randomUUID()), CORS_ORIGINS: TRUSTED });
});

/** Asks the API as one of the demo's people, with the token that the pages at `/app/` get. */
async function ask(person: string, method: string, path: string, body?: object) {
  const given = await fetch(`${server.url}/app/people/${person}/token`, { method: 'POST' });
  const { access_token } = JSON.parse(await given.text());
  const answer = await fetch(`${server.url}${path}`, {
    method,
    headers: { Authorization: `Bearer ${access_token}`, 'Content-Type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  return JSON.parse((await answer.text()) || '{}');
}

/** The page of the app, with its first two buttons pressed: up to the question whether the person allows it. */
async function asked(person: string): Promise<Browser> {
  const browser = await new Browser().open(`${server.url}/demo-app/`);
  await browser.press();
  return browser.press({ person });
}

async function connected(person: string): Promise<Browser> {
  return (await asked(person)).press({ answer: 'allow' });
}

const grantOf = async (person: string) => {
  const { data } = await ask(person, 'GET', '/v1/me/grants');
  return data.find(({ client_id }: { client_id: string }) => client_id === CLIENT);
};

describe("the demo's third-party app", () => {
  test('asks for access in plain words, and has it once the person allows it', async () => {
    const browser = await asked('michael');
    expect(browser.text).toMatch(
      /^Allow Sunrise Notes to use your account\? You are signed in as Michael Vachette/,
    );
    expect([...browser.page.matchAll(/<li>(.*?)<\/li>/g)].map(([, words]) => words)).toEqual([
      'create, change and delete your content',
      'read your content',
      'see your name and picture',
      'verify your identity',
      'go on while you are away',
    ]);
    await browser.press({ answer: 'allow' });
    expect(browser.url.pathname).toBe('/demo-app/');
    expect(browser.text).toMatch(/^Connected Sunrise Notes may use the account of Michael Vachette/);
    expect(browser.page).toContain('href="/app/connected-apps/?as=michael"');
  });

  test('uses its access as often as it likes, with a new refresh token each time', async () => {
    const browser = await connected('noor');
    for (const _ of [1, 2]) expect((await browser.press()).text).toContain('The access still works.');
    const { grants } = await ask('noor', 'GET', '/api/v1/oauth-grants');
    expect(grants).toMatchObject([
      { client_id: CLIENT, token_count: 3, resource: 'https://api.vertesia.io/' },
    ]);
    expect(grants[0].last_used_at).not.toBeNull();
  });

  test('keeps its access when it is told to use it twice at once', async () => {
    const browser = await connected('noor');
    await Promise.all([browser.press(), browser.press()]);
    expect((await browser.press()).text).toContain('The access still works.');
  });

  test('is in the Connected apps of the person, and loses access when they revoke it there', async () => {
    const browser = await connected('priya');
    const { id, ...grant } = await grantOf('priya');
    expect(grant).toMatchObject({ client_name: 'Sunrise Notes', is_first_party: false });
    await ask('priya', 'DELETE', `/v1/me/grants/${id}`);
    expect((await browser.press()).text).toMatch(/^Access lost What Priya Raman allowed was taken back/);
    // It does not come back on its own.
    expect((await browser.open('/demo-app/')).text).toMatch(/^Access lost/);
    await browser.press();
    expect(browser.text).toMatch(/^Allow Sunrise Notes/);
    expect((await browser.press({ answer: 'allow' })).text).toMatch(/^Connected/);
  });

  test('loses access when an admin revokes it for everybody', async () => {
    const browser = await connected('greta');
    const { grants } = await ask('greta', 'GET', `/api/v1/oauth-grants?client_id=${CLIENT}`);
    expect(grants).toMatchObject([{ user_name: 'Greta Nyström', client_name: 'Sunrise Notes' }]);
    await ask('greta', 'POST', '/api/v1/oauth-grants/revoke', { client_id: CLIENT, include_consent: true });
    expect((await browser.press()).text).toMatch(/^Access lost What Greta Nyström/);
  });

  test('loses access when an admin revokes a single grant and keeps the consent', async () => {
    const browser = await connected('tomas');
    const { grants } = await ask(
      'tomas',
      'GET',
      `/api/v1/oauth-grants?client_id=${CLIENT}&user_id=tomas-ferreira`,
    );
    expect(grants).toHaveLength(1);
    await ask('tomas', 'DELETE', `/api/v1/oauth-grants/${grants[0].grant_id}`);
    expect((await browser.press()).text).toMatch(/^Access lost What Tomás Ferreira/);
  });

  test('says so when the person denies it', async () => {
    const browser = await asked('noor');
    expect((await browser.press({ answer: 'deny' })).text).toMatch(/^Not allowed/);
  });

  test('takes no answer to what it did not ask, which changes nothing', async () => {
    const issuer = encodeURIComponent(`${server.url}/demo-idp`);
    const strays = ['code=x&state=y', 'error=access_denied&state=y', 'code=x', 'state=y'];
    const browser = await asked('noor');
    const underWay = browser.url;
    for (const who of [new Browser(), browser]) {
      for (const stray of strays) {
        await who.open(`${server.url}/demo-app/callback?${stray}&iss=${issuer}`);
        expect([who.status, who.text]).toEqual([400, expect.stringMatching(/^This sign-in is over/)]);
      }
    }
    expect((await browser.open('/demo-app/')).text).toMatch(/^Your notes/);
    await browser.open(underWay);
    expect((await browser.press({ answer: 'allow' })).text).toMatch(/^Connected/);
  });

  test('fails to connect with a code that was not given to it', async () => {
    const asking = await fetch(`${server.url}/demo-app/connect`, { method: 'POST', redirect: 'manual' });
    const [Cookie = ''] = asking.headers.getSetCookie().map((cookie) => cookie.split(';')[0]);
    const callback = new URL('/demo-app/callback', server.url);
    callback.searchParams.set('code', 'x');
    callback.searchParams.set('iss', `${server.url}/demo-idp`);
    const asked = new URL(asking.headers.get('location') ?? '').searchParams;
    callback.searchParams.set('state', asked.get('state') ?? '');
    const come = async () => (await fetch(callback, { headers: { Cookie } })).text();
    expect(await come()).toContain('<h1>That did not work</h1>');
    expect(await come()).toContain('<h1>This sign-in is over</h1>');
  });

  test('is connected from two tabs, whichever comes back first', async () => {
    const browser = await new Browser().open(`${server.url}/demo-app/`);
    const { url: first } = await browser.press();
    const { url: second } = await browser.press({}, '/demo-app/connect');
    for (const tab of [second, first]) {
      await (await browser.open(tab)).press({ person: 'greta' });
      expect((await browser.press({ answer: 'allow' })).text).toMatch(/^Connected/);
    }
  });

  test('stays connected when the person denies it in another tab', async () => {
    const browser = await connected('greta');
    await browser.press({}, '/demo-app/connect');
    expect((await browser.press({ answer: 'deny' })).text).toMatch(/^Connected/);
    expect((await browser.press()).text).toContain('The access still works.');
  });

  test('stays connected when what comes back from another sign-in is no good', async () => {
    const browser = await connected('tomas');
    await browser.press({}, '/demo-app/connect');
    const [, state = ''] = /[?&;]state=([\w-]+)/.exec(browser.page) ?? [];
    const issuer = encodeURIComponent(`${server.url}/demo-idp`);
    await browser.open(`/demo-app/callback?code=x&state=${state}&iss=${issuer}`);
    expect(browser.text).toMatch(/^Connected Sunrise Notes may use the account of Tomás Ferreira/);
    expect((await browser.press()).text).toContain('The access still works.');
  });

  test('sends a visitor to the one host name that its sign-in comes back to', async () => {
    const { port } = new URL(server.url);
    const browser = await new Browser().open(`http://localhost:${port}/demo-app/`);
    expect(browser.url.href).toBe(`${server.url}/demo-app/`);
  });

  test.each(['http://127.0.0.1:9', TRUSTED])('hears no form of another origin: %s', async (origin) => {
    const headers = { Origin: origin };
    for (const path of ['/demo-app/connect', '/demo-app/use', '/demo-idp/interaction/x'])
      expect((await fetch(`${server.url}${path}`, { method: 'POST', headers })).status).toBe(403);
  });

  test.each(['/demo-app/', '/demo-idp/jwks'])('has no %s for a name that leads here', async (path) => {
    const { port } = new URL(server.url);
    const status = await new Promise((resolve, reject) => {
      const asking = request(
        { host: '127.0.0.1', port, path, headers: { Host: `evil.example:${port}` } },
        (answer) => {
          resolve(answer.resume().statusCode);
        },
      );
      asking.on('error', reject).end();
    });
    expect(status).toBe(403);
  });

  test('keeps its session in a cookie that no script reads, and shows no token', async () => {
    const opened = await fetch(`${server.url}/demo-app/connect`, { method: 'POST', redirect: 'manual' });
    expect(opened.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^demo_app=[\w-]{43}; Path=\/demo-app; HttpOnly; SameSite=Lax$/),
    ]);
    const { headers, page } = await connected('michael');
    expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    expect(page).not.toMatch(/[\w-]{40}|<script|<style| style=/);
  });
});
