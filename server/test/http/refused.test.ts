import { describe, expect, it, onTestFinished } from 'vitest';
import { encodeGrantId } from '../../src/grants/rows/identity.ts';
import { listen } from '../../src/http/listen.ts';
import { eventually } from '../eventually.ts';
import { PAGE_GRANT, tokenRow } from '../rows.ts';
import { useService } from '../service.ts';
import { sendRaw, sendRawAll, written } from './raw.ts';

const service = useService();
const admin = { sub: 'admin', account_id: PAGE_GRANT.account_id, permissions: ['account:admin'] };
const LIST = '/api/v1/oauth-grants';
const chunked = { 'Transfer-Encoding': 'chunked', 'Content-Type': 'application/json' };

const refused: [what: string, status: number, name: string, bytes: string][] = [
  ['what is no HTTP', 400, 'invalid-request', 'hello\r\n\r\n'],
  ['a method that there is not', 400, 'invalid-request', written('FETCH', '/healthz')],
  ['the preface of HTTP/2', 400, 'invalid-request', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['a header without a name', 400, 'invalid-request', 'GET / HTTP/1.1\r\n: x\r\n\r\n'],
  ['two lengths', 400, 'invalid-request', written('GET', '/', { 'Content-Length': '1, 2' })],
  [
    'a length and chunks',
    400,
    'invalid-request',
    written('POST', '/mcp', { ...chunked, 'Content-Length': '5' }, 'hello'),
  ],
  ['a broken chunk', 400, 'invalid-request', written('POST', '/mcp', chunked, 'zz\r\n')],
  ['an address of 300 kB', 431, 'headers-too-large', written('GET', `/${'x'.repeat(300_000)}`)],
  ['headers of 300 kB', 431, 'headers-too-large', written('GET', '/', { 'X-A': 'x'.repeat(300_000) })],
  [
    'chunk extensions of 20 kB',
    413,
    'payload-too-large',
    written('POST', '/mcp', chunked, `1;${'x'.repeat(20_000)}\r\n`),
  ],
  [
    'an expectation that cannot be met',
    417,
    'expectation-failed',
    written('GET', '/healthz', { Expect: '200-ok' }),
  ],
];

describe('what is refused before any path is looked at', () => {
  it.each(refused)('%s is a %i problem, and is in the log', async (_what, status, name, bytes) => {
    service.logged.length = 0;
    const answer = await sendRaw(service.url, bytes);
    expect(answer.status).toBe(status);
    const { headers } = answer;
    expect(headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(headers.get('cache-control') ?? 'no-store').toBe('no-store');
    expect(headers.get('connection')).toBe('close');
    const body = JSON.parse(answer.body);
    expect(body).toMatchObject({ type: `urn:grantkeeper:problem:${name}`, status });
    expect(body.request_id).toMatch(/^[\da-f-]{36}$/);
    expect(headers.get('x-request-id')).toBe(body.request_id);
    const line = () => service.logged.find((text) => text.includes(body.request_id));
    await eventually(() => expect(line()).toBeDefined());
    expect(JSON.parse(line() ?? '')).toMatchObject({ res: { statusCode: status }, problem: { code: name } });
    expect((line() ?? '').length).toBeLessThan(3_000);
  });

  it('a request that does not arrive in time is a 408 problem', async () => {
    const server = await listen((_req, res) => res.end(), { host: '127.0.0.1', port: 0, patienceMs: 20 });
    onTestFinished(() => server.close());
    for (const part of ['GET / HTTP/1.1\r\nHost: a\r\n', '']) {
      const { status, headers, body } = await sendRaw(server.url, part);
      expect([status, JSON.parse(body).type]).toEqual([408, 'urn:grantkeeper:problem:request-timeout']);
      expect(headers.get('x-request-id')).toBe(JSON.parse(body).request_id);
    }
  });

  it('the answer to the request before it comes first', async () => {
    const token = await service.token(admin);
    const good = `GET ${LIST} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\n\r\n`;
    const answers = await sendRawAll(service.url, `${good}nonsense\r\n\r\n`);
    expect(answers.map(({ status }) => status)).toEqual([200, 400]);
  });
});

describe('a client that asks before it sends a body (Expect: 100-continue)', () => {
  const revoke = async (claims: typeof admin, body: string) =>
    sendRawAll(
      service.url,
      written(
        'POST',
        `${LIST}/revoke`,
        {
          Authorization: `Bearer ${await service.token(claims)}`,
          'Content-Type': 'application/json',
          'Content-Length': String(body.length),
          Expect: '100-continue',
        },
        body,
      ),
    );

  it('is told to go on when its body is wanted', async () => {
    const answers = await revoke(admin, '{"client_id":"none"}');
    expect(answers.map(({ status }) => status)).toEqual([100, 200]);
  });

  it('is answered at once when it is not, and the connection ends', async () => {
    const answers = await revoke({ ...admin, permissions: [] }, '{}');
    expect(answers.map(({ status }) => status)).toEqual([403]);
    expect(answers[0]?.headers.get('connection')).toBe('close');
  });
});

describe('a grant of 2,000 scopes', () => {
  const scope = Array.from({ length: 2_000 }, (_, index) => `https://api.example/scope-${index}`).sort();

  it('can be read by its id, listed by its cursor, and revoked', async () => {
    const grants = ['a', 'b'].map((client_id) => ({ ...PAGE_GRANT, client_id, scope }));
    for (const [index, grant] of grants.entries()) {
      await service.store.refreshTokens.create({ ...tokenRow(), ...grant, _id: `token-${index}` });
    }
    const [id = ''] = grants.map(encodeGrantId);
    expect(id.length).toBeGreaterThan(50_000);
    const { status, body } = await service.ask('GET', `${LIST}/${id}`, { as: admin });
    expect([status, body.scope.length]).toEqual([200, 2_000]);

    const first = await service.ask('GET', `${LIST}?limit=1&cursor=first`, { as: admin });
    expect(first.body.next_cursor.length).toBeGreaterThan(77_000);
    const second = await service.ask('GET', `${LIST}?limit=1&cursor=${first.body.next_cursor}`, {
      as: admin,
    });
    expect([second.status, second.body.grants.length]).toEqual([200, 1]);
    expect(second.body.grants[0].client_id).not.toBe(first.body.grants[0].client_id);

    const revoked = await service.ask('DELETE', `${LIST}/${id}`, { as: admin });
    expect(revoked.body).toEqual({ revoked_tokens: 1, revoked_consents: 0 });
  });
});
