import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServerProcess, startServer } from '../../../scripts/processes/server-process.ts';
import { readDocumentation } from '../library/documentation.ts';
import { BUILT } from '../pages/build.ts';

const library = readDocumentation();
const texts = readdirSync(BUILT, { recursive: true, encoding: 'utf8' }).filter(
  (path) => /\.(?:html|md|txt|js|json|yaml|atom)$/.test(path) && !/swagger-ui/.test(path),
);
/** An address of a machine of one's own, or of the example's port: what a text may say only where it is asked there. */
const OWN = /https?:\/\/(?:127\.0\.0\.1|localhost|0\.0\.0\.0|\[::1?\])(?::\d+)?(?:\/gk)?/g;
/** What scripts of Redocly's name, and guides of pages in development, of metrics and of traces. */
const OTHERS = /^http:\/\/(?:localhost(?::(?:4000|4173|4318|5173))?|127\.0\.0\.1:(?:4318|5173|9464))$/;

let dataDir = '';
const servers: ServerProcess[] = [];

async function start(env: NodeJS.ProcessEnv = {}): Promise<ServerProcess> {
  const server = await startServer({ DATA_DIR: join(dataDir, `${servers.length}`), ...env });
  servers.push(server);
  return server;
}

let plain: ServerProcess;
let behindProxy: ServerProcess;
let known: ServerProcess;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'grantkeeper-docs-'));
  plain = await start();
  behindProxy = await start({ TRUSTED_PROXIES: '1' });
  known = await start({ PUBLIC_URL: 'https://grants.example:8443/gk/', TRUSTED_PROXIES: '1' });
}, 180_000);

afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  await rm(dataDir, { recursive: true, maxRetries: 20, retryDelay: 50 });
});

interface Asked {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

/** Asks a server by any name; `fetch` would set `Host` itself. */
function ask(url: string, path: string, { method = 'GET', headers = {}, body }: Asked = {}): Promise<string> {
  const { port } = new URL(url);
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, method, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        const whole = Buffer.concat(chunks);
        resolve(String(answer.headers['content-encoding'] === 'gzip' ? gunzipSync(whole) : whole));
      });
    });
    asked.on('error', reject).end(body);
  });
}

const rpc = (method: string, params: object = {}) =>
  JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
const tool = (name: string, input: object) => rpc('tools/call', { name, arguments: input });

/** Every message of MCP whose answer says something of the documentation. */
const MESSAGES = [
  rpc('initialize', {
    protocolVersion: '2025-06-18',
    capabilities: {},
    clientInfo: { name: 'test', version: '1' },
  }),
  rpc('tools/list'),
  rpc('resources/list'),
  tool('list_operations', {}),
  tool('search_docs', { query: 'curl base url of the server', limit: 20 }),
  ...library.operations.map(({ operationId }) => tool('get_operation', { operationId })),
  ...[...library.pages.keys()].flatMap((_path, at, paths) =>
    at % 10 === 0 ? [tool('fetch_docs', { paths: paths.slice(at, at + 10) })] : [],
  ),
  ...library.documents.map(({ name }) =>
    rpc('resources/read', { uri: `grantkeeper://openapi/${name}.json` }),
  ),
  rpc('resources/read', { uri: 'grantkeeper://guides/quickstart.md' }),
];

/** Each text that a server serves, by where it is. */
async function* served(url: string, headers: Record<string, string>): AsyncGenerator<[string, string]> {
  for (const path of texts) yield [path, await ask(url, `/docs/${path}`, { headers })];
  yield ['no page', await ask(url, '/docs/none', { headers: { ...headers, Accept: 'text/html' } })];
  let reader = 0;
  for (const body of MESSAGES) {
    const forwarded = { 'X-Forwarded-For': `192.0.2.${Math.floor(reader++ / 100)}` };
    const json = { ...headers, ...forwarded, 'Content-Type': 'application/json' };
    yield [body, await ask(url, '/mcp', { method: 'POST', headers: json, body })];
  }
}

/** Fails where a text says any address of its server but this one. */
async function expectSays(url: string, address: string, headers: Record<string, string> = {}): Promise<void> {
  let said = 0;
  for await (const [path, text] of served(url, headers)) {
    const found = [...new Set(text.match(OWN))].filter((one) => one !== address && !OTHERS.test(one));
    expect(found, path).toEqual([]);
    expect(text, path).not.toContain('127.0.0.1:3000');
    if (text.includes(address)) said++;
  }
  // Pages, Markdown of operations and guides, samples, both files for agents.
  expect(said).toBeGreaterThan(60);
}

describe('everything that a server serves says', () => {
  it('the address that it was asked at, by each of its names', async () => {
    const { url } = plain;
    const { port } = new URL(url);
    const index = (Host: string) => ask(url, '/docs/llms-full.txt', { headers: { Host } });
    for (const Host of [
      `127.0.0.1:${port}`,
      `localhost:${port}`,
      `LOCALHOST:${port}`,
      'localhost:8080',
      `[::1]:${port}`,
    ]) {
      expect(await index(Host)).toContain(`http://${Host.toLowerCase()}/api/v1/oauth-grants`);
    }
    // Not one of its names: then where the connection came to.
    for (const Host of [`evil.example:${port}`, 'evil.example', 'localhost:99999']) {
      const text = await index(Host);
      expect(text).toContain(`http://127.0.0.1:${port}/api/v1/oauth-grants`);
      expect(text).not.toContain('evil');
    }
    // What is not a host is refused, whatever is asked for.
    expect(JSON.parse(await index('"><script>'))).toMatchObject({ status: 400 });
    const headers = {
      Host: `127.0.0.1:${port}`,
      'X-Forwarded-Host': 'localhost:1',
      'X-Forwarded-Prefix': '/gk',
      'X-Forwarded-Proto': 'https',
    };
    expect(await ask(url, '/docs/index.md', { headers })).toContain(`"http://127.0.0.1:${port}/mcp"`);
  });

  it('what a proxy says that the address is, and no other', async () => {
    const { url } = behindProxy;
    const headers = {
      'X-Forwarded-Host': 'localhost',
      'X-Forwarded-Proto': 'https',
      'X-Forwarded-Prefix': '/gk',
    };
    await expectSays(url, 'https://localhost/gk', headers);
    const index = (more: Record<string, string>) =>
      ask(url, '/docs/index.md', { headers: { ...headers, ...more } });
    expect(await index({ 'X-Forwarded-Port': '8443' })).toContain('"https://localhost:8443/gk/mcp"');
    expect(await index({ 'X-Forwarded-Prefix': '/a, /b/' })).toContain('"https://localhost/a/b/mcp"');
    for (const prefix of ['gk', '//evil.example', '/..', '/a"b', '/a b', `/${'x'.repeat(300)}`]) {
      expect(await index({ 'X-Forwarded-Prefix': prefix }), prefix).toContain('"https://localhost/mcp"');
    }
    expect(await index({ 'X-Forwarded-Host': 'evil.example' })).not.toContain('evil.example');
  });

  it('the public address where that was said, with its path, whatever it was asked at', async () => {
    await expectSays(known.url, 'https://grants.example:8443/gk');
    // The log is written beside it: a line of that may come before or after.
    const greeting = /Grantkeeper is ready at ([\s\S]*?)Lines to paste[\s\S]*?user-consent-scopes/;
    const [, ...lines] = (await known.printed(greeting))[0].split('http');
    expect(lines.length).toBeGreaterThan(5);
    for (const line of lines) expect(`http${line}`).toMatch(/^https:\/\/grants\.example:8443\/gk(?:\/|\n)/);
  });
});
