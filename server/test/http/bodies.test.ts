import { request } from 'node:http';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { ADMISSION_LIMITS } from '../../src/http/admission.ts';
import { eventually } from '../eventually.ts';
import { PAGE_GRANT } from '../rows.ts';
import { Service, useService } from '../service.ts';

const service = useService();
const admin = {
  sub: 'admin',
  account_id: PAGE_GRANT.account_id,
  permissions: ['account:admin'],
  scope: 'all urn:logto:scope:sessions',
};
const REVOKE = '/api/v1/oauth-grants/revoke';
const SCOPES = '/api/applications/a/user-consent-scopes';
const POSTS = [REVOKE, SCOPES, '/mcp', '/docs/feedback'];
const JSON_TYPE = { 'Content-Type': 'application/json' };

describe.each(POSTS)('a body sent to %s', (path) => {
  const nested = (open: string, close: string, depth: number) => open.repeat(depth) + close.repeat(depth);

  it.each([
    ['lists', nested('[', ']', 33)],
    ['objects', `${nested('{"a":', '}', 33).replace(':}', ':1}')}`],
    ['lists without an end', '['.repeat(4_000)],
    ['lists behind a text with brackets', `["]]]\\"]]",${nested('[', ']', 40)}]`],
  ])('that nests %s too deeply is a 400', async (_what, body) => {
    const answer = await service.ask('POST', path, { as: admin, body });
    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.body)).toContain('nested too deeply');
  });

  it('may have brackets in its texts', async () => {
    const body = JSON.stringify({ ['['.repeat(100)]: '[{"'.repeat(100) });
    const answer = await service.ask('POST', path, { as: admin, body });
    expect(JSON.stringify(answer.body)).not.toContain('nested too deeply');
  });

  it('that is a long refused key, value or type is not sent back', async () => {
    const long = 'secret-'.repeat(700);
    const bodies = [
      { [long]: 1 },
      { [long]: { [long]: [long] } },
      long,
      [long],
      { grant_ids: [long, { [long]: 1 }] },
    ];
    for (const body of bodies) {
      const answer = await service.ask('POST', path, { as: admin, body: JSON.stringify(body) });
      expect(JSON.stringify(answer.body ?? '').length).toBeLessThan(2_000);
    }
  });
});

describe('a compressed body', () => {
  const bomb = `${'['.repeat(2_000_000)}${']'.repeat(2_000_000)}`;
  it.each([
    ['gzip', gzipSync(bomb)],
    ['deflate', deflateSync(bomb)],
    ['br', brotliCompressSync(bomb)],
  ])(
    'of %s that is nested millions of times is refused as one that is not compressed',
    async (encoding, body) => {
      const headers = { ...JSON_TYPE, 'Content-Encoding': encoding };
      const sent = new Uint8Array(body);
      expect((await service.ask('POST', REVOKE, { as: admin, headers, body: sent })).status).toBe(400);
      expect((await service.ask('POST', SCOPES, { as: admin, headers, body: sent })).status).toBe(413);
      expect(
        (await service.ask('POST', REVOKE, { as: { ...admin, permissions: [] }, headers, body: sent }))
          .status,
      ).toBe(403);
    },
  );

  it('counts as long as it is once it is not compressed any more', async () => {
    const body = new Uint8Array(gzipSync(JSON.stringify({ client_id: 'x'.repeat(5_000_000) })));
    const headers = { ...JSON_TYPE, 'Content-Encoding': 'gzip' };
    expect((await service.ask('POST', REVOKE, { as: admin, headers, body })).status).toBe(413);
  });

  it('of a few bytes is taken', async () => {
    const body = new Uint8Array(gzipSync('{"client_id":"none"}'));
    const headers = { ...JSON_TYPE, 'Content-Encoding': 'gzip' };
    expect((await service.ask('POST', REVOKE, { as: admin, headers, body })).status).toBe(200);
  });
});

describe('the right to an operation', () => {
  const bad: [what: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string>][] = [
    ['no JSON', '{', JSON_TYPE],
    ['too large', ' '.repeat(5_000_000), JSON_TYPE],
    ['nested', '['.repeat(1_000), JSON_TYPE],
    ['of another type', 'a=b', { 'Content-Type': 'text/plain' }],
    ['no UTF-8', new Uint8Array([0x22, 0xff, 0x22]), JSON_TYPE],
    ['of another encoding', '{}', { ...JSON_TYPE, 'Content-Encoding': 'zip' }],
    ['wrong', '{"grant_ids":[]}', JSON_TYPE],
  ];

  it.each(bad)('is looked at before a body that is %s', async (_what, body, headers) => {
    const { permissions: _, scope: __, ...nobody } = admin;
    for (const path of [REVOKE, SCOPES, `${REVOKE}?limit=1`]) {
      expect((await service.ask('POST', path, { as: nobody, body, headers })).status).toBe(403);
      expect((await service.ask('POST', path, { body, headers })).status).toBe(401);
      expect((await service.ask('POST', path, { as: admin, body, headers })).status).not.toBe(403);
    }
  });

  it('is looked at before the parameters and the path', async () => {
    const { permissions: _, ...nobody } = admin;
    for (const path of ['/api/v1/oauth-grants?limit=0', '/api/v1/oauth-grants/no-id', '/api/v1/nothing']) {
      expect((await service.ask('GET', path, { as: nobody })).status).toBe(403);
    }
  });
});

describe('what is refused', () => {
  const long = 'secret-'.repeat(8_000);
  it.each([
    ['the name of a parameter', `/api/v1/oauth-grants?${long}=1`, {}],
    ['the value of a parameter', `/api/v1/oauth-grants?status=${long}`, {}],
    ['the name of a parameter, for Logto', `/api/my-account/grants?${long}=1`, {}],
    ['the name of a parameter, for Me grants', `/v1/me/grants?${long}=1`, {}],
    ['a grant id', `/api/v1/oauth-grants/${long}`, {}],
    ['an application id', `/api/applications/${long}/user-consent-scopes`, {}],
    ['a path', `/api/v1/${long}`, {}],
    ['a path of no document', `/${long}`, {}],
    ['a cursor', `/api/v1/oauth-grants?cursor=${long}`, {}],
    ['a scheme', '/v1/me/grants', { Authorization: `${long} x` }],
    ['a token', '/v1/me/grants', { Authorization: `Bearer ${long}.${long}.${long}` }],
    ['a request id', '/nothing', { 'X-Request-Id': long }],
    ['a host', '/mcp', { 'X-Forwarded-Host': long }],
    ['an origin', '/mcp', { Origin: `https://${long}.example` }],
    ['an expectation', '/nothing', { 'X-Verification': long, 'logto-verification-id': long }],
  ])('is not sent back, nor filled into the log: %s', async (_what, path, headers) => {
    service.logged.length = 0;
    const answer = await service.ask('GET', path, { as: admin, headers });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(JSON.stringify([...answer.headers, answer.body]).length).toBeLessThan(4_000);
    await eventually(() => expect(service.logged.length).toBe(1));
    expect(service.logged[0]?.length).toBeLessThan(5_000);
  });

  it('is not filled into the log by what is taken either', async () => {
    service.logged.length = 0;
    const body = { [long]: long, ignored: Array(100).fill(long), userScopes: ['profile'] };
    await service.store.clients.create({ _id: 'a', name: 'A', is_first_party: false });
    expect((await service.ask('POST', SCOPES, { as: admin, body })).status).toBe(413);
    const taken = { [long]: long, ignored: [long], userScopes: ['profile'] };
    expect((await service.ask('POST', SCOPES, { as: admin, body: taken })).status).toBe(201);
    await eventually(() => expect(service.logged.length).toBe(3));
    for (const line of service.logged) expect(line.length).toBeLessThan(5_000);
  });
});

describe('bodies that are being received', () => {
  const limits = { ...ADMISSION_LIMITS, inFlight: 8, waitingBytes: 1024 * 1024 };
  const small = new Service({ admissionLimits: limits });
  beforeAll(() => small.start());
  afterAll(() => small.stop());

  /** Begins to send a body on a connection of its own. Resolves with the status, unless the server waits for more. */
  async function begin(path: string, body: Uint8Array, headers: Record<string, string | number> = {}) {
    const asking = request(new URL(path, small.url), {
      method: 'POST',
      headers: {
        ...{ ...JSON_TYPE, Authorization: `Bearer ${await small.token(admin)}` },
        ...{ 'Content-Length': 1_000_000, ...headers },
      },
    });
    onTestFinished(() => void asking.destroy());
    asking.on('error', () => undefined).write(body);
    return new Promise<number | undefined>((resolve) => {
      asking.once('response', ({ statusCode }) => resolve(statusCode));
    });
  }

  it.each([
    ['', new Uint8Array(64 * 1024).fill(0x20), {}],
    // Some bytes of its end are missing.
    [
      ', as long as they are without compression',
      gzipped(64 * 1024).slice(0, -8),
      { 'Content-Encoding': 'gzip' },
    ],
  ])('are bounded together%s: one too many is a 503 at once, others go on', async (_what, body, headers) => {
    let refused = 0;
    for (let begun = 0; begun < 40; begun += 1) {
      void begin(REVOKE, body, headers).then((status) => {
        expect(status).toBe(503);
        refused += 1;
      });
    }
    // 16 have room. Each of the others is refused by its own bytes, or before.
    await eventually(() => expect(refused).toBe(24));
    expect((await small.ask('GET', '/api/v1/oauth-grants', { as: admin })).status).toBe(200);
    const another = { as: { ...admin, sub: 'another' }, body: { client_id: 'x'.repeat(100_000) } };
    expect((await small.ask('POST', REVOKE, another)).status, 'of another caller').not.toBe(503);
  });

  it('are refused before they come, if their headers say that they are too long', async () => {
    const length = { 'Content-Length': 5_000_000, Expect: '100-continue' };
    expect(await begin(REVOKE, new Uint8Array(), length)).toBe(413);
  });

  it('count no longer once they are complete, cut off or refused', async () => {
    const body = JSON.stringify({ client_id: 'x'.repeat(500_000) });
    for (let sent = 0; sent < 5; sent += 1) {
      const { status } = await small.ask('POST', REVOKE, { as: admin, body });
      expect(status).toBe(400);
      const tooLong = await small.ask('POST', SCOPES, { as: admin, body: ' '.repeat(1_100_000) });
      expect(tooLong.status).toBe(413);
    }
  });
});

/** A body that is short only while it is compressed. */
function gzipped(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(gzipSync(' '.repeat(length)));
}
