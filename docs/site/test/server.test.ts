import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServerProcess, startServer } from '../../../scripts/processes/server-process.ts';

/** The built portal as the real server has it, beside all else that it serves. */
describe('a server', () => {
  let dataDir = '';
  let server: ServerProcess;
  const ask = (path: string, init?: RequestInit) => fetch(`${server.url}${path}`, init);

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'grantkeeper-docs-'));
    server = await startServer({ DATA_DIR: dataDir });
  });

  afterAll(async () => {
    await server.stop();
    await rm(dataDir, { recursive: true, maxRetries: 20, retryDelay: 50 });
  });

  it('shows the portal without a token, with headers that keep others out', async () => {
    const response = await ask('/docs/');
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('<title>Grantkeeper');
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': expect.stringContaining("default-src 'none'"),
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'SAMEORIGIN',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cache-control': 'no-cache',
    });
    expect(response.headers.get('x-powered-by')).toBeNull();
  });

  it('leads whoever opens the bare address to the portal', async () => {
    const response = await ask('/', { redirect: 'manual' });
    expect([response.status, response.headers.get('location')]).toEqual([302, 'docs/']);
  });

  it('answers HEAD as GET, without the page', async () => {
    const [head, get] = await Promise.all(['HEAD', 'GET'].map((method) => ask('/docs/', { method })));
    for (const name of ['content-type', 'content-security-policy', 'etag', 'vary'])
      expect(head?.headers.get(name), name).toBe(get?.headers.get(name));
    expect([head?.status, await head?.text()]).toEqual([200, '']);
  });

  it('says that a page has not changed, also where it was compressed', async () => {
    const etag = (await ask('/docs/')).headers.get('etag') ?? '';
    // As browsers ask; without it, Node.js asks for a whole page.
    const headers = { 'If-None-Match': etag, 'Cache-Control': 'max-age=0' };
    expect((await ask('/docs/', { headers })).status).toBe(304);
  });

  it('takes feedback below the portal, and answers by the API’s rules there', async () => {
    const send = (body: object) =>
      ask('/docs/feedback', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      });
    expect((await send({ page: 'guides/errors.html', helpful: true })).status).toBe(204);
    const refused = await send({ page: 'guides/errors.html' });
    expect([refused.status, refused.headers.get('content-type')]).toEqual([
      400,
      'application/problem+json; charset=utf-8',
    ]);
    expect((await ask('/docs/feedback')).status).toBe(405);
    expect((await ask('/docs/nothing')).status).toBe(404);
  });

  it('compresses the portal, and nothing else', async () => {
    const reference = await ask('/docs/reference/oauth-grants.html');
    expect(reference.headers.get('content-encoding')).toBe('gzip');
    const { access_token } = await (await ask('/app/people/tomas/token', { method: 'POST' })).json();
    const list = await ask('/api/v1/oauth-grants', { headers: { Authorization: `Bearer ${access_token}` } });
    expect([list.status, list.headers.get('content-encoding')]).toEqual([200, null]);
  });
});
