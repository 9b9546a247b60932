import { once } from 'node:events';
import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { useService } from '../service.ts';

const service = useService();
const LIST = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
const accept = { Accept: 'application/json, text/event-stream' };

let reader = 0;
/** Each test is a reader of its own to the limit. */
beforeEach(() => void reader++);

const post = (body: unknown, headers: Record<string, string> = {}) =>
  service.ask('POST', '/mcp', {
    body,
    headers: { ...accept, 'X-Forwarded-For': `192.0.2.${reader}`, ...headers },
  });

describe('/mcp', () => {
  it('answers a single request without a session, a token or a stream', async () => {
    const { status, headers, body } = await post(LIST);
    expect([status, headers.get('content-type')]).toEqual([200, 'application/json']);
    expect(headers.get('mcp-session-id')).toBeNull();
    expect(body).toMatchObject({ id: 1, result: { tools: expect.any(Array) } });
  });

  it.each(['GET', 'DELETE', 'PUT'])('answers %s with 405', async (method) => {
    const { status, headers, body } = await service.ask(method, '/mcp', { headers: accept });
    expect([status, headers.get('allow')]).toEqual([405, 'POST']);
    expect(body).toEqual({
      jsonrpc: '2.0',
      error: { code: -32_000, message: 'This path takes POST.' },
      id: null,
    });
  });

  it.each([
    ['{', {}, 400, 'not valid JSON'],
    [[LIST, LIST], {}, 400, 'one message'],
    [{ ...LIST, padding: 'x'.repeat(70_000) }, {}, 413, 'too large'],
    [JSON.stringify(LIST), { 'Content-Type': 'text/plain' }, 415, 'application/json'],
    [LIST, { Accept: 'text/event-stream' }, 406, 'Answers are JSON'],
    [LIST, { Accept: 'text/html, application/json;q=0' }, 406, 'Answers are JSON'],
    [LIST, { 'MCP-Protocol-Version': '1999-01-01' }, 400, 'protocol version'],
    [{ hello: 'world' }, {}, 400, 'JSON-RPC'],
  ])('refuses %.20j %j with %i', async (sent, headers, expected, message) => {
    const { status, body } = await post(sent, headers);
    expect([status, body]).toEqual([
      expected,
      {
        jsonrpc: '2.0',
        error: { code: expect.any(Number), message: expect.stringContaining(message) },
        id: null,
      },
    ]);
  });

  it.each(['*/*', 'application/json', 'application/*', 'text/html, */*;q=0.1', undefined])(
    'answers with JSON a client that says Accept: %s',
    async (Accept) => {
      const { port } = new URL(service.url);
      // What `fetch` sends of its own accord would hide a header that is missing.
      const asked = request({
        host: '127.0.0.1',
        port,
        path: '/mcp',
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...(Accept && { Accept }) },
      }).end(JSON.stringify(LIST));
      const [answer] = await once(asked, 'response');
      expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, 'application/json']);
      answer.resume();
    },
  );

  it('answers an unknown method by an error of JSON-RPC', async () => {
    const { body } = await post({ ...LIST, method: 'grants/revoke' });
    expect(body).toMatchObject({ id: 1, error: { code: -32_601 } });
  });
});

describe('a page of another site', () => {
  it('may not ask, be it under its own name or under ours', async () => {
    const own = new URL(service.url).origin;
    expect((await post(LIST, { Origin: own })).status).toBe(200);
    for (const Origin of ['https://evil.example', 'null', own.replace('http:', 'http://evil.')]) {
      const { status, body } = await post(LIST, { Origin });
      expect([status, body.error.message]).toEqual([403, expect.stringContaining('CORS_ORIGINS')]);
    }
  });

  it('may not have its name lead here', async () => {
    const rebound = { 'X-Forwarded-Host': 'evil.example', Origin: 'http://evil.example' };
    const { status, body } = await post(LIST, rebound);
    expect([status, body.error.message]).toEqual([403, expect.stringContaining('PUBLIC_URL')]);
  });
});

describe('the limit', () => {
  // Nothing but the time of day is taken over; timers run on.
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: Date.now() }));
  afterEach(() => void vi.useRealTimers());

  it('lets 120 requests a minute through from an address, and says when to come back', async () => {
    const statuses = await Promise.all(Array.from({ length: 120 }, async () => (await post(LIST)).status));
    expect(new Set(statuses)).toEqual(new Set([200]));
    const { status, headers, body } = await post(LIST);
    expect([status, body.error.message]).toEqual([429, expect.stringContaining('Retry-After')]);
    expect(Number(headers.get('retry-after'))).toBe(60);
    expect((await post(LIST, { 'X-Forwarded-For': '198.51.100.7' })).status).toBe(200);

    vi.setSystemTime(Date.now() + 61_000);
    expect((await post(LIST)).status).toBe(200);
  });
});
