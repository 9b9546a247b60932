import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { portal } from '../../src/docs/portal.ts';
import { answerErrors, notFound } from '../../src/http/errors.ts';
import { type Listening, listen } from '../../src/http/listen.ts';
import { requestLog } from '../../src/http/logging.ts';
import { problemDetails } from '../../src/http/problem.ts';

const INDEX = 'x'.repeat(5000);
const FILES = {
  'index.html': '<h1>Docs</h1>',
  'index.md': '# Docs',
  '404.html': '<a href="./index.html">Docs</a>',
  'library.json': '{}',
  'assets/portal-AB12CD34.js': '0',
  'assets/search-index.js': INDEX,
  'redoc/oauth-grants.html': '<h1>OAuth Grants</h1>',
  'try/index.html': '<h1>Try it</h1>',
};

describe('the documentation', () => {
  let folder = '';
  let server: Listening;
  const get = (path: string) => fetch(server.url + path, { redirect: 'manual' });
  /** Sends a path as it is, which `fetch` would tidy up. */
  const rawGet = (path: string, headers: Record<string, string>) =>
    new Promise<{ status: number | undefined; size: number }>((resolve, reject) => {
      const { port } = new URL(server.url);
      const asked = request({ host: '127.0.0.1', port, path, headers }, (answer) => {
        let size = 0;
        answer.on('data', (chunk: Buffer) => {
          size += chunk.length;
        });
        answer.on('end', () => resolve({ status: answer.statusCode, size }));
      });
      asked.on('error', reject).end();
    });
  const headerOf = async (path: string, name: string) => (await get(path)).headers.get(name);

  beforeAll(async () => {
    folder = `${await mkdtemp(join(tmpdir(), 'grantkeeper-portal-'))}/`;
    for (const [path, content] of Object.entries(FILES)) {
      await mkdir(join(folder, path, '..'), { recursive: true });
      await writeFile(join(folder, path), content);
    }
    const app = express()
      .use(requestLog(pino({ level: 'silent' })))
      .use('/docs', portal(folder))
      .use('/missing', portal(`${folder}missing/`))
      .use(notFound, answerErrors(problemDetails));
    server = await listen(app, { host: '127.0.0.1', port: 0 });
  });

  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });

  it('is served at its folder, pages and Markdown', async () => {
    expect(await headerOf('/docs', 'location')).toBe('docs/');
    expect(await headerOf('/docs/try?document=me-grants', 'location')).toBe('try/?document=me-grants');
    expect(await (await get('/docs/')).text()).toBe('<h1>Docs</h1>');
    expect(await headerOf('/docs/index.md', 'content-type')).toBe('text/markdown; charset=utf-8');
    expect((await get('/docs/nothing')).status).toBe(404);
  });

  it('has a page for readers where it has none, that leads back from any depth', async () => {
    for (const [path, root] of [
      ['/docs/nothing', './'],
      ['/docs/guides/', '../'],
      ['/docs/reference/oauth-grants/nothing', '../../'],
    ]) {
      const answer = await fetch(server.url + path, { headers: { Accept: 'text/html,*/*;q=0.8' } });
      expect(answer.status).toBe(404);
      expect(await answer.text()).toBe(`<a href="${root}index.html">Docs</a>`);
    }
    const answer = await fetch(`${server.url}/docs/nothing`, { headers: { Accept: '*/*' } });
    expect(await answer.text()).not.toContain('index.html');
  });

  it.each([
    ['slashes', `/docs/${'/'.repeat(60_000)}`],
    ['folders', `/docs/${'a/'.repeat(30_000)}`],
    ['folders up', `/docs/${'../'.repeat(20_000)}x`],
    ['encoded folders up', `/docs/${'%2e%2e%2f'.repeat(6_000)}`],
    ['encoded letters', `/docs/${'%61'.repeat(20_000)}`],
    ['zeros', `/docs/${'%00'.repeat(20_000)}`],
    ['what does not decode', `/docs/${'%ff'.repeat(20_000)}`],
    ['one long name', `/docs/${'n'.repeat(60_000)}`],
    ['a question', `/docs/none?${'q'.repeat(60_000)}`],
  ])('says in a page of its own size that there are no 60 kB of %s', async (_title, path) => {
    for (const Accept of ['text/html,*/*;q=0.8', 'application/json']) {
      const { status, size } = await rawGet(path, { Accept });
      expect(status).toBe(404);
      expect(size).toBeLessThan(2_000);
    }
  });

  it('lets nothing in from elsewhere', async () => {
    const policyOf = (path: string) => headerOf(path, 'content-security-policy');
    expect(await policyOf('/docs/')).toBe(
      "default-src 'none';script-src 'self';style-src 'self';img-src 'self';connect-src 'self';form-action 'none';base-uri 'none';frame-ancestors 'none'",
    );
    expect(await policyOf('/docs/redoc/oauth-grants.html')).toContain(
      "script-src 'self';style-src 'self' 'unsafe-inline';img-src 'self' data:;connect-src 'self';",
    );
    expect(await policyOf('/docs/try/')).toContain("style-src 'self';img-src 'self' data:;");
  });

  it.each([
    ['gzip, deflate', 'gzip'],
    ['br', 'br'],
    ['identity', null],
  ])('is whole for whoever takes %s, compressed where that says so', async (accepted, encoding) => {
    // A range is not given: one of a compressed page would be of no use.
    const headers = { 'Accept-Encoding': accepted, Range: 'bytes=0-9' };
    const response = await fetch(`${server.url}/docs/assets/search-index.js`, { headers });
    expect([response.status, response.headers.get('content-encoding')]).toEqual([200, encoding]);
    expect(response.headers.get('vary')).toBe('Accept-Encoding');
    expect(await response.text()).toBe(INDEX);
  });

  it('may be kept where its name changes with what is in it, and is asked for again elsewhere', async () => {
    const cacheOf = (path: string) => headerOf(path, 'cache-control');
    expect(await cacheOf('/docs/assets/portal-AB12CD34.js')).toBe('public, max-age=31536000, immutable');
    expect(await cacheOf('/docs/assets/search-index.js')).toBe('no-cache');
    expect(await cacheOf('/docs/')).toBe('no-cache');
  });

  it('is not there where it is not built', async () => {
    expect((await get('/missing/')).status).toBe(404);
  });
});
