import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServerProcess, startServer } from '../../../scripts/processes/server-process.ts';
import { linksOf } from '../check/links.ts';
import { StrippingProxy } from './stripping-proxy.ts';

/** Every address to begin at; those without a slash at the end are redirected. */
const BEGINNINGS = [
  '/',
  '/docs',
  '/docs/',
  '/docs/try',
  '/docs/llms.txt',
  '/app',
  '/app/',
  '/app/grants',
  '/app/audit',
  '/app/connected-apps',
];

let dataDir = '';
let server: ServerProcess;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'grantkeeper-docs-'));
  server = await startServer({ DATA_DIR: dataDir, TRUSTED_PROXIES: '1' });
});

afterAll(async () => {
  await server.stop();
  await rm(dataDir, { recursive: true, maxRetries: 20, retryDelay: 50 });
});

/** Follows every link and redirect from some addresses on, and gives what was wrong with any. */
async function crawl(base: string, beginnings: string[]): Promise<{ wrong: string[]; seen: Set<string> }> {
  const seen = new Set<string>();
  const wrong: string[] = [];
  const queue = beginnings.map((path) => ({ url: base + path, from: 'the beginning' }));
  for (let next = queue.shift(); next; next = queue.shift()) {
    const url = new URL(next.url);
    url.hash = '';
    if (seen.has(url.href)) continue;
    seen.add(url.href);
    const answer = await fetch(url, { redirect: 'manual', headers: { Accept: 'text/html,*/*;q=0.8' } });
    const text = await answer.text();
    const location = answer.headers.get('location');
    if (![200, 301, 302].includes(answer.status)) wrong.push(`${next.from}: ${url.href}: ${answer.status}`);
    const path = url.pathname.endsWith('/') ? `${url.pathname}index.html` : url.pathname;
    const links = location ? [location] : /\.(?:html|md|txt)$/.test(path) ? linksOf(path, text) : [];
    for (const link of links) {
      const target = new URL(link.replaceAll('&amp;', '&'), url);
      // What the guides say of other sites is theirs; examples are not to be asked.
      if (target.origin !== url.origin) continue;
      queue.push({ url: target.href, from: url.href });
    }
  }
  return { wrong, seen };
}

describe.each([
  [
    'that says which',
    (host: string) => ({
      'X-Forwarded-Prefix': '/gk',
      'X-Forwarded-Host': host,
      'X-Forwarded-For': '192.0.2.1',
    }),
  ],
  ['that says nothing', () => ({})],
])('behind a proxy that strips a prefix, %s,', (title, headers) => {
  let proxy: StrippingProxy;

  beforeAll(async () => {
    proxy = await StrippingProxy.start(server.url, '/gk', headers);
  });

  afterAll(() => proxy.stop());

  it('no link and no redirect leads out of the prefix or nowhere', async () => {
    const { wrong, seen } = await crawl(proxy.url, BEGINNINGS);
    expect(wrong).toEqual([]);
    expect(proxy.strays).toEqual([]);
    expect(seen.size).toBeGreaterThan(60);
    expect([...seen].some((one) => one.endsWith('/docs/reference/oauth-grants/revokeOAuthGrants.md'))).toBe(
      true,
    );
    expect([...seen].some((one) => /\/gk\/app\/assets\/.*\.js$/.test(one))).toBe(true);
  });

  it.each(BEGINNINGS.filter((path) => !/\/$|\.\w+$/.test(path)))('%s leads to its folder', async (path) => {
    const answer = await fetch(`${proxy.url}${path}?as=michael`, { redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([
      301,
      `${path.slice(path.lastIndexOf('/') + 1)}/?as=michael`,
    ]);
  });

  it('leads back from a page that is not there', async () => {
    for (const path of ['/docs/none', '/docs/guides/none/', '/docs//', '/docs/a//b']) {
      const headers = { Accept: 'text/html' };
      const page = await (await fetch(`${proxy.url}${path}`, { headers })).text();
      const [, link = ''] = /<a href="([^"]+)">first page/.exec(page) ?? [];
      expect(new URL(link, `${proxy.url}${path}`).href, path).toBe(`${proxy.url}/docs/index.html`);
    }
  });

  it('the prefix itself leads to the documentation where it can be known', async () => {
    for (const path of title === 'that says which' ? ['', '/'] : ['/']) {
      const answer = await fetch(proxy.url + path);
      expect([answer.status, answer.url]).toEqual([200, `${proxy.url}/docs/`]);
    }
  });
});
