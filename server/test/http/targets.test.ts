import { beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../eventually.ts';
import { PAGE_GRANT, PAGE_GRANT_ID, tokenRow } from '../rows.ts';
import { useService } from '../service.ts';
import { type RawAnswer, sendRaw, written } from './raw.ts';

const service = useService();
const LIST = '/api/v1/oauth-grants';
let headers: Record<string, string>;
beforeAll(async () => {
  const admin = {
    sub: 'admin',
    account_id: PAGE_GRANT.account_id,
    permissions: ['account:admin'],
    scope: 'all urn:logto:scope:sessions',
  };
  headers = { Authorization: `Bearer ${await service.token(admin)}` };
});

const ask = (method: string, target: string, more: Record<string, string> = {}) =>
  sendRaw(service.url, written(method, target, { ...headers, ...more }));

describe('a target in absolute form', () => {
  it.each([
    '/healthz',
    `${LIST}?limit=1`,
    `${LIST}?limit=0`,
    `${LIST}/${PAGE_GRANT_ID}`,
    '/api/my-account/grants',
    '/api/my-account/grants?appType=thirdParty',
    '/v1/me/grants',
    '/api/applications/nobody/user-consent-scopes',
    '/docs/',
    '/docs/nothing',
    '/mcp',
    '/nothing?a=b',
    '/',
  ])('is answered as its path and query %s', async (path) => {
    await service.store.refreshTokens.create(tokenRow());
    const told = ({ status, headers: got, body }: RawAnswer) => [
      status,
      got.get('content-type'),
      got.get('location'),
      body.replace(/"request_id":"[^"]+"/, ''),
    ];
    // Pages name the host that was asked (RFC 9112, section 3.2.2): the same one is asked both times.
    const Host = '127.0.0.1:3000';
    const plain = told(await ask('GET', path, { Host }));
    expect(told(await ask('GET', `http://${Host}${path}`))).toEqual(plain);
    expect(told(await ask('GET', `HTTPS://${Host}${path}`))).toEqual(plain);
  });

  it('without a path is one of the root', async () => {
    expect((await ask('GET', 'http://127.0.0.1?x=/healthz')).status).toBe((await ask('GET', '/?x=1')).status);
  });

  it('says which host is meant, whatever the header Host says', async () => {
    const post = { 'Content-Type': 'application/json', 'Content-Length': '0' };
    expect((await ask('POST', 'http://evil.example/mcp', post)).status).toBe(403);
    expect((await ask('POST', 'http://127.0.0.1/mcp', { ...post, Host: 'evil.example' })).status).not.toBe(
      403,
    );
    expect((await ask('POST', '/mcp', { ...post, Host: 'evil.example' })).status).toBe(403);
  });
});

describe('a target that cannot be read', () => {
  it.each([
    ['another scheme', 'GET', 'ftp://127.0.0.1/healthz'],
    ['no host', 'GET', 'http:///healthz'],
    ['user information', 'GET', 'http://me:secret@127.0.0.1/healthz'],
    ['a host that is none', 'GET', 'http://[::1/healthz'],
    ['an asterisk for anything but OPTIONS', 'GET', '*'],
    ['a fragment', 'GET', `${LIST}?user_id=ann#x`],
    ['a fragment that holds the query', 'GET', `${LIST}#?limit=1`],
    ['characters that are not encoded', 'GET', `${LIST}?user_id=ann\u00a0`],
  ])('for %s is a 400 problem', async (_what, method, target) => {
    const { status, headers: got, body } = await ask(method, target);
    expect(status).toBe(400);
    expect(got.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(JSON.parse(body)).toMatchObject({
      type: 'urn:grantkeeper:problem:invalid-request',
      request_id: got.get('x-request-id'),
    });
    expect(body).not.toContain('secret');
  });

  it.each([
    ['no Host', `GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n`],
    ['two of them', `GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n`],
    ['one that is none', `GET /healthz HTTP/1.1\r\nHost: a/b\r\nConnection: close\r\n\r\n`],
  ])('for %s is a 400 problem', async (_what, bytes) => {
    const { status, headers: got, body } = await sendRaw(service.url, bytes);
    expect([status, JSON.parse(body).request_id]).toEqual([400, got.get('x-request-id')]);
  });

  it('is logged as it was sent', async () => {
    service.logged.length = 0;
    await ask('GET', 'ftp://127.0.0.1/healthz');
    await eventually(() => expect(service.logged.length).toBe(1));
    expect(JSON.parse(service.logged[0] ?? '')).toMatchObject({
      req: { url: 'ftp://127.0.0.1/healthz' },
      problem: { code: 'invalid-request' },
    });
  });
});

it('OPTIONS * tells the methods that there are, and HTTP/1.0 needs no Host', async () => {
  const { status, headers: got } = await ask('OPTIONS', '*');
  expect([status, got.get('allow')]).toEqual([204, 'GET, HEAD, POST, DELETE, OPTIONS']);
  expect((await sendRaw(service.url, 'GET /healthz HTTP/1.0\r\n\r\n')).status).toBe(200);
});

it('CONNECT is a 405: there are no tunnels', async () => {
  const { status, headers: got, body } = await sendRaw(service.url, written('CONNECT', '127.0.0.1:27017'));
  expect([status, got.get('allow')]).toEqual([405, 'GET, HEAD, POST, DELETE, OPTIONS']);
  expect(JSON.parse(body).request_id).toBe(got.get('x-request-id'));
});
