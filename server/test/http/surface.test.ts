import { mongo } from 'mongoose';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { commandsOf } from '../commands.ts';
import { eventually } from '../eventually.ts';
import { PAGE_GRANT } from '../rows.ts';
import { Service, useService } from '../service.ts';

const service = useService();
const admin = { sub: 'admin', account_id: PAGE_GRANT.account_id, permissions: ['account:admin'] };
const LIST = '/api/v1/oauth-grants';

describe('every answer', () => {
  it('carries a request id: the one sent where it is harmless, else a new one', async () => {
    const idOf = async (sent: string) =>
      (await service.ask('GET', LIST, { headers: { 'X-Request-Id': sent } })).headers.get('x-request-id');
    expect(await idOf('trace-42.a:b')).toBe('trace-42.a:b');
    for (const bad of ['', 'a b', 'x'.repeat(129), '{"level":60}'])
      expect(await idOf(bad)).toMatch(/^[\da-f-]{36}$/);
    expect(await idOf('')).not.toBe(await idOf(''));
  });

  it('may not be cached, tells nothing of the software, and is guarded against sniffing and framing', async () => {
    const { headers } = await service.ask('GET', LIST, { as: admin });
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('etag')).toBeNull();
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('SAMEORIGIN');
  });
});

describe('a HEAD', () => {
  it('is answered as the GET it stands for, without the body', async () => {
    const headers = { Authorization: `Bearer ${await service.token(admin)}` };
    const [head, get] = await Promise.all(
      ['HEAD', 'GET'].map((method) => fetch(`${service.url}${LIST}`, { method, headers })),
    );
    expect([head?.status, head?.headers.get('content-length'), await head?.text()]).toEqual([
      200,
      get?.headers.get('content-length'),
      '',
    ]);
  });
});

describe('the log', () => {
  it('has one line a request, with who asked, and never a token', async () => {
    const token = await service.token(admin);
    service.logged.length = 0;
    await fetch(`${service.url}${LIST}?access_token=${token}`, {
      headers: { Authorization: `Bearer ${token}`, Cookie: 'a=secret' },
    });
    await fetch(`${service.url}${LIST}?limit=1`, { headers: { Authorization: `Bearer ${token}x` } });
    await eventually(() => expect(service.logged.length).toBe(2));
    const lines = service.logged.map((line) => JSON.parse(line));
    expect(lines[0]).toMatchObject({
      operation: 'listOAuthGrants',
      sub: 'admin',
      account: PAGE_GRANT.account_id,
      res: { statusCode: 400 },
    });
    expect(lines[0].req).toEqual({
      id: expect.any(String),
      method: 'GET',
      url: `${LIST}?access_token=[token]`,
    });
    expect(lines[1]).toMatchObject({ operation: 'listOAuthGrants', res: { statusCode: 401 } });
    expect(service.logged.join()).not.toContain(token.slice(0, 40));
    expect(service.logged.join()).not.toContain('secret');
  });

  it('tells of every revocation who did it, what was asked and what it did', async () => {
    service.logged.length = 0;
    await service.ask('POST', `${LIST}/revoke`, { as: admin, body: { client_id: 'leaky' } });
    const change = service.logged.map((line) => JSON.parse(line)).find(({ msg }) => msg === 'changed');
    expect(change).toMatchObject({
      operation: 'revokeOAuthGrants',
      principal: { user_id: 'admin', permissions: ['account:admin'] },
      body: { client_id: 'leaky' },
      result: { revoked_tokens: 0, revoked_consents: 0 },
    });
  });
});

describe('the log of a request that failed', () => {
  const lineOf = async (asking: Parameters<Service['ask']>[2], path = LIST, method = 'GET') => {
    service.logged.length = 0;
    await service.ask(method, path, asking);
    await eventually(() => expect(service.logged.length).toBe(1));
    return JSON.parse(service.logged[0] ?? '');
  };

  it('tells an expired token from one for another audience, and both from none, and never the token', async () => {
    const tokens = [
      await service.token({ ...admin, exp: 1 }),
      await service.token({ ...admin, aud: 'https://x.example' }),
      'nonsense',
    ];
    const problems = [];
    for (const token of tokens) {
      problems.push((await lineOf({ headers: { Authorization: `Bearer ${token}` } })).problem);
      expect(service.logged.join()).not.toContain(token.slice(0, 60));
    }
    problems.push(
      (await lineOf({})).problem,
      (await lineOf({ headers: { Authorization: 'Basic YTpi' } })).problem,
    );
    expect(problems.map(({ code }) => code)).toEqual(Array(5).fill('unauthorized'));
    expect(problems.map(({ reason }) => reason)).toEqual([
      ...Array(3).fill('token-invalid'),
      'token-missing',
      'token-unsupported',
    ]);
    expect(new Set(problems.map(({ detail }) => detail)).size).toBe(5);
    expect(problems[0].detail).toContain('expired');
    expect(problems[1].detail).toContain('"aud"');
  });

  it.each([
    ['GET', `${LIST}?limit=0&page=2`, undefined, 'invalid-request', ['page', 'limit']],
    ['GET', `${LIST}?account_id=other`, undefined, 'forbidden', ['account_id']],
    ['POST', `${LIST}/revoke`, { grant_ids: ['!'] }, 'invalid-request', ['/grant_ids/0']],
    ['GET', `${LIST}/e30`, undefined, 'invalid-request', ['grant_id']],
    ['PUT', LIST, undefined, 'method-not-allowed', []],
    ['GET', '/api/my-account/grants?appType=x', undefined, 'invalid-request', ['appType']],
    ['GET', '/api/my-account/grants', undefined, 'verification_record.permission_denied', []],
    ['GET', '/v1/me/grants?limit=1', undefined, 'invalid-request', ['limit']],
    ['GET', '/api/applications/gone/user-consent-scopes', undefined, 'entity.not_exists_with_id', []],
    ['GET', '/nothing', undefined, 'not-found', []],
    ['POST', '/docs/feedback', {}, 'invalid-request', ['/page', '/helpful']],
    ['GET', '/mcp', undefined, 'method-not-allowed', []],
  ])('says why: %s %s', async (method, path, body, code, fields) => {
    const as = { ...admin, scope: 'all urn:logto:scope:sessions' };
    const { problem, res } = await lineOf({ as, ...(body ? { body } : {}) }, path, method);
    expect(res.statusCode).toBeGreaterThanOrEqual(400);
    expect(problem.code).toBe(code);
    const named = (problem.fields ?? []).map(({ field }: { field: string }) => field);
    expect(named.sort()).toEqual(fields.toSorted());
  });

  it('blots out a token that stands where a name should', async () => {
    const token = await service.token(admin);
    await lineOf({ as: admin }, `${LIST}?${token}=1`);
    expect(service.logged.join()).not.toContain(token.slice(0, 60));
  });

  it('of one that did not fail says nothing of a problem', async () => {
    expect((await lineOf({ as: admin })).problem).toBeUndefined();
  });
});

describe('an address of many kilobytes', () => {
  it.each(['a', 'eyJ', 'eyJhbGciOi.', '-'])('made of %j is logged in no time, and cut', async (part) => {
    const took = async () => {
      service.logged.length = 0;
      const started = performance.now();
      await service.ask('GET', `/nothing?${part.repeat(60_000 / part.length)}`);
      await eventually(() => expect(service.logged.length).toBe(1));
      return performance.now() - started;
    };
    // The best of several: what else the machine does is not ours.
    await eventually(async () => expect(await took()).toBeLessThan(1_000));
    expect(JSON.parse(service.logged[0] ?? '').req.url.length).toBeLessThanOrEqual(2_000);
  });
});

describe('a page of another origin', () => {
  const open = new Service();
  beforeAll(() => open.start(['https://app.example']));
  afterAll(() => open.stop());
  const preflight = (url: string, origin: string) =>
    fetch(`${url}${LIST}`, {
      method: 'OPTIONS',
      headers: {
        Origin: origin,
        'Access-Control-Request-Method': 'DELETE',
        'Access-Control-Request-Headers': 'authorization',
      },
    });

  it('may call when its origin is allowed, and read the headers that matter', async () => {
    const { status, headers } = await preflight(open.url, 'https://app.example');
    expect([status, headers.get('access-control-allow-origin')]).toEqual([204, 'https://app.example']);
    expect(headers.get('access-control-allow-methods')).toContain('DELETE');
    expect(headers.get('access-control-allow-headers')).toContain('Authorization');
    const answer = await open.ask('GET', LIST, { headers: { Origin: 'https://app.example' } });
    expect(answer.headers.get('access-control-expose-headers')).toContain('X-Request-Id');
  });

  it('may send an idempotency key, and learn that an answer is an earlier one', async () => {
    const { headers } = await preflight(open.url, 'https://app.example');
    expect(headers.get('access-control-allow-headers')?.split(',')).toContain('Idempotency-Key');
    const answer = await open.ask('GET', LIST, { headers: { Origin: 'https://app.example' } });
    const exposed = answer.headers.get('access-control-expose-headers')?.split(',');
    expect(exposed).toEqual(expect.arrayContaining(['Idempotency-Replayed', 'Link']));
  });

  it('may send what tracing libraries and MCP clients add by themselves', async () => {
    const allowed = (await preflight(open.url, 'https://app.example')).headers.get(
      'access-control-allow-headers',
    );
    const names = allowed?.toLowerCase().split(',');
    for (const name of ['traceparent', 'tracestate', 'baggage', 'sentry-trace', 'mcp-method', 'mcp-name']) {
      expect(names).toContain(name);
    }
  });

  it('may not when its origin is another, or none is allowed', async () => {
    expect(
      (await preflight(open.url, 'https://evil.example')).headers.get('access-control-allow-origin'),
    ).toBeNull();
    expect(
      (await preflight(service.url, 'https://app.example')).headers.get('access-control-allow-origin'),
    ).toBeNull();
  });
});

describe('the health checks', () => {
  it('need no token', async () => {
    expect((await service.ask('GET', '/healthz')).body).toEqual({ status: 'ok' });
    expect((await service.ask('GET', '/readyz')).body).toEqual({ status: 'ok' });
  });

  it('say that the issuer of tokens is away, and are ready all the same', async () => {
    const trouble = { fetched_at: '2026-06-01T11:00:00.000Z', usable_until: '2026-06-02T11:00:00.000Z' };
    service.keysTrouble = trouble;
    const { status, body } = await service.ask('GET', '/readyz');
    expect([status, body]).toEqual([200, { status: 'ok', issuer_keys: trouble }]);
    service.keysTrouble = undefined;
  });

  it('ask the database once a second at most, however many ask them', async () => {
    const asked = async (times: number) => {
      const commands = await commandsOf(service, async () => {
        const ask = (path: string) => service.ask('GET', path);
        const answers = await Promise.all(
          Array.from({ length: times }, () => [ask('/readyz'), ask('/healthz')]).flat(),
        );
        expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
        expect((await ask('/readyz')).status).toBe(200);
      });
      return commands.length;
    };
    const pass = (milliseconds: number) => {
      service.now = new Date(service.now.getTime() + milliseconds);
    };
    pass(1_000);
    const once = await asked(1);
    expect(once).toBeGreaterThan(0);
    pass(1_000);
    expect(await asked(100)).toBe(once);
    pass(999);
    expect(await asked(100)).toBe(0);
    pass(1);
    expect(await asked(1)).toBe(once);
    // A clock that was set back.
    pass(-3_600_000);
    expect(await asked(1)).toBe(once);
    pass(3_600_000);
  });

  it('say within a second that the database is away, and that it is back', async () => {
    const ping = vi
      .spyOn(service.database, 'ping')
      .mockRejectedValue(new mongo.MongoNotConnectedError('away'));
    const ready = async () => (await service.ask('GET', '/readyz')).status;
    service.now = new Date(service.now.getTime() + 1_000);
    expect([await ready(), await ready()]).toEqual([503, 503]);
    ping.mockRestore();
    expect(await ready()).toBe(503);
    service.now = new Date(service.now.getTime() + 1_000);
    expect(await ready()).toBe(200);
  });

  it('tell a process that lives from one that can work, and requests fail with a 503 meanwhile', async () => {
    const cut = new Service();
    await cut.start();
    await cut.database.close();
    expect((await cut.ask('GET', '/healthz')).status).toBe(200);
    for (const path of ['/readyz', LIST]) {
      const { status, headers, body } = await cut.ask('GET', path, { as: admin });
      expect([status, body.type, headers.get('retry-after')]).toEqual([
        503,
        'urn:grantkeeper:problem:unavailable',
        '5',
      ]);
    }
    await cut.stop();
  });
});
