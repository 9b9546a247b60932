import { mongo } from 'mongoose';
import { describe, expect, it, vi } from 'vitest';
import { PAGE_GRANT, PAGE_GRANT_ID, tokenRow } from '../rows.ts';
import { type Asking, useService } from '../service.ts';

const service = useService();
const admin = { sub: 'admin', account_id: PAGE_GRANT.account_id, permissions: ['account:admin'] };
const LIST = '/api/v1/oauth-grants';
const REVOKE = `${LIST}/revoke`;
const JSON_TYPE = { 'Content-Type': 'application/json' };

const queries: [query: string, field: string][] = [
  ['limit=0', 'limit'],
  ['limit=1001', 'limit'],
  ['limit=-1', 'limit'],
  ['limit=1.5', 'limit'],
  ['limit=NaN', 'limit'],
  ['limit=ten', 'limit'],
  ['limit=', 'limit'],
  ['limit=5&limit=6', 'limit'],
  ['offset=-1', 'offset'],
  ['offset=0.5', 'offset'],
  ['offset=1e18', 'offset'],
  ['offset=Infinity', 'offset'],
  ['status=live', 'status'],
  ['status=Active', 'status'],
  ['status=active&status=all', 'status'],
  ['sort_by=name', 'sort_by'],
  ['sort_order=up', 'sort_order'],
  ['user_id=', 'user_id'],
  ['user_id=a&user_id=b', 'user_id'],
  ['user_id[$ne]=', 'user_id'],
  ['user_id[$gt]=&user_id[$lt]=z', 'user_id'],
  ['user_id[]=a', 'user_id'],
  ['client=vts_abc123', 'client'],
  ['__proto__=x', '__proto__'],
  ['constructor=x', 'constructor'],
  [`user_id=${'x'.repeat(257)}`, 'user_id'],
  [`resource=${'x'.repeat(2049)}`, 'resource'],
];

describe('a bad query', () => {
  it('every bad parameter of a query is named in one answer', async () => {
    const query = 'limit=0&offset=1e2&sortby=x&status=gone&user_id=';
    const { body } = await service.ask('GET', `${LIST}?${query}`, { as: admin });
    const fields = body.errors.map(({ field }: { field: string }) => field);
    expect(fields.sort()).toEqual(['limit', 'offset', 'sortby', 'status', 'user_id']);
  });

  it.each(queries)('?%s is a 400 that names the field', async (query, field) => {
    const { status, body } = await service.ask('GET', `${LIST}?${query}`, { as: admin });
    expect(status).toBe(400);
    expect(body.errors).toContainEqual({ in: 'query', field, detail: expect.any(String) });
    expect(body.detail).toContain(field);
  });

  it('of include_consent revokes nothing', async () => {
    await service.store.refreshTokens.create(tokenRow());
    for (const value of ['yes', '1', '', 'true&include_consent=false', 'TRUE']) {
      const { status } = await service.ask('DELETE', `${LIST}/${PAGE_GRANT_ID}?include_consent=${value}`, {
        as: admin,
      });
      expect(status, value).toBe(400);
    }
    expect(await service.store.refreshTokens.countDocuments({ revoked_at: null })).toBe(1);
  });
});

const failures: [what: string, status: number, name: string, method: string, path: string, asking: Asking][] =
  [
    ['no token', 401, 'unauthorized', 'GET', LIST, {}],
    ['an empty Authorization header', 401, 'unauthorized', 'GET', LIST, { headers: { Authorization: '' } }],
    ['another scheme', 401, 'unauthorized', 'GET', LIST, { headers: { Authorization: 'Basic YTpi' } }],
    [
      'a token that is no JWT',
      401,
      'unauthorized',
      'GET',
      LIST,
      { headers: { Authorization: 'Bearer nonsense' } },
    ],
    ['no token for an unknown path', 401, 'unauthorized', 'GET', '/api/v1/nothing', {}],
    ['an id that does not decode', 400, 'invalid-request', 'GET', `${LIST}/nonsense`, { as: admin }],
    ['an id with bad characters', 400, 'invalid-request', 'GET', `${LIST}/${PAGE_GRANT_ID}=`, { as: admin }],
    ['an id that climbs', 400, 'invalid-request', 'DELETE', `${LIST}/..%2F..%2Fetc`, { as: admin }],
    ['a malformed escape', 400, 'invalid-request', 'GET', `${LIST}/%E0%A4%A`, { as: admin }],
    ['an unknown grant', 404, 'grant-not-found', 'GET', `${LIST}/${PAGE_GRANT_ID}`, { as: admin }],
    [
      'an unknown grant to revoke',
      404,
      'grant-not-found',
      'DELETE',
      `${LIST}/${PAGE_GRANT_ID}`,
      { as: admin },
    ],
    ['an unknown path', 404, 'not-found', 'GET', '/api/v1/nothing', { as: admin }],
    ['a path below a grant', 404, 'not-found', 'GET', `${LIST}/${PAGE_GRANT_ID}/tokens`, { as: admin }],
    ['malformed JSON', 400, 'invalid-request', 'POST', REVOKE, { as: admin, body: '{"user_id":' }],
    ['no body', 400, 'invalid-request', 'POST', REVOKE, { as: admin, headers: JSON_TYPE }],
    [
      'a body that is too large',
      413,
      'payload-too-large',
      'POST',
      REVOKE,
      { as: admin, body: { user_id: 'x'.repeat(5_000_000) } },
    ],
    [
      'a body of too many values',
      413,
      'payload-too-large',
      'POST',
      REVOKE,
      { as: admin, body: { grant_ids: Array(30_000).fill(1) } },
    ],
    [
      'a body that is no UTF-8',
      400,
      'invalid-request',
      'POST',
      REVOKE,
      { as: admin, body: new Uint8Array([0x22, 0xff, 0x22]), headers: JSON_TYPE },
    ],
    [
      'a body in UTF-16',
      415,
      'unsupported-media-type',
      'POST',
      REVOKE,
      { as: admin, body: '{}', headers: { 'Content-Type': 'application/json; charset=utf-16' } },
    ],
    [
      'a body that says it is compressed',
      400,
      'invalid-request',
      'POST',
      REVOKE,
      { as: admin, body: '{}', headers: { 'Content-Encoding': 'gzip' } },
    ],
    [
      'a body nested without end',
      400,
      'invalid-request',
      'POST',
      REVOKE,
      { as: admin, body: '['.repeat(500_000) + ']'.repeat(500_000) },
    ],
    ['a query without names', 400, 'invalid-request', 'GET', `${LIST}?&&=`, { as: admin }],
    ['neither body nor content type', 400, 'invalid-request', 'POST', REVOKE, { as: admin }],
    [
      'a body of no type',
      415,
      'unsupported-media-type',
      'POST',
      REVOKE,
      { as: admin, body: new Uint8Array([0x7b, 0x7d]), headers: { 'Content-Type': '' } },
    ],
    [
      'another content type',
      415,
      'unsupported-media-type',
      'POST',
      REVOKE,
      { as: admin, body: 'user_id=ann', headers: { 'Content-Type': 'application/x-www-form-urlencoded' } },
    ],
    [
      'another charset',
      415,
      'unsupported-media-type',
      'POST',
      REVOKE,
      { as: admin, body: {}, headers: { 'Content-Type': 'application/json; charset=latin1' } },
    ],
  ];

describe('a failure', () => {
  it.each(failures)('for %s is a %i problem', async (_what, status, name, method, path, asking) => {
    const { headers, body, ...answer } = await service.ask(method, path, asking);
    expect(answer.status).toBe(status);
    expect(headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(body).toMatchObject({
      type: `urn:grantkeeper:problem:${name}`,
      status,
      request_id: headers.get('x-request-id'),
    });
    expect(JSON.stringify(body)).not.toMatch(/node_modules|Mongo|\bat \/|undefined/);
    if (status === 401) expect(headers.get('www-authenticate')).toMatch(/^Bearer realm="grantkeeper"/);
  });

  it.each([
    ['PUT', LIST, 'GET'],
    ['POST', LIST, 'GET'],
    ['PATCH', `${LIST}/${PAGE_GRANT_ID}`, 'GET, DELETE'],
    ['GET', REVOKE, 'POST'],
  ])('for %s %s is a 405 that says what is allowed', async (method, path, allow) => {
    const { status, headers, body } = await service.ask(method, path, { as: admin });
    expect([status, headers.get('allow')?.split(', ').sort()]).toEqual([405, allow.split(', ').sort()]);
    expect(body.type).toBe('urn:grantkeeper:problem:method-not-allowed');
  });

  it('says whether it is about the path or the body', async () => {
    const detailOf = async (method: string, path: string, asking: Asking) =>
      (await service.ask(method, path, { as: admin, ...asking })).body.detail;
    const gzip = { 'Content-Encoding': 'gzip' };
    expect(await detailOf('GET', `${LIST}/%E0%A4%A`, {})).toBe('the path cannot be decoded.');
    expect(await detailOf('POST', REVOKE, { body: '{}', headers: gzip })).toBe(
      'The request body is not what its Content-Encoding says.',
    );
    expect(await detailOf('POST', REVOKE, { body: '{' })).toBe('The request body is not valid JSON.');
  });

  it('outside of any document is a problem too', async () => {
    const { status, body } = await service.ask('GET', '/nothing');
    expect([status, body.type]).toEqual([404, 'urn:grantkeeper:problem:not-found']);
  });

  it('of ours tells nothing of its cause, but logs it', async () => {
    const failing = vi.spyOn(service.model.grants, 'find').mockImplementationOnce(() => {
      throw new Error('a secret of the database');
    });
    const { status, headers, body } = await service.ask('GET', LIST, { as: admin });
    expect([status, body.type]).toEqual([500, 'urn:grantkeeper:problem:internal-error']);
    failing.mockRestore();
    expect(JSON.stringify(body)).not.toContain('secret');
    const line = service.logged.find(
      (text) => text.includes(headers.get('x-request-id') ?? '-') && text.includes('"err"'),
    );
    expect(line).toContain('a secret of the database');
  });

  const ofServer = (code: number) =>
    new mongo.MongoServerError({ code, errmsg: 'operation exceeded time limit' });
  const ofSocket = (code: string) => Object.assign(new Error(`write ${code}`), { code, syscall: 'write' });
  const ended = Object.assign(new Error('This socket has been ended by the other party'), { code: 'EPIPE' });
  it.each([
    ['took too long', ofServer(50)],
    ['is no longer the primary', ofServer(10_107)],
    ['steps down in the middle of it', ofServer(11_602)],
    ['resets the connection while it is asked', ofSocket('ECONNRESET')],
    ['has closed the connection when it is asked', ofSocket('EPIPE')],
    ['has ended the connection before it is asked', ended],
  ])('is a 503 where the database %s, and says that asking again may help', async (_, error) => {
    vi.spyOn(service.model.grants, 'find').mockImplementationOnce(() => {
      throw error;
    });
    const { status, headers, body } = await service.ask('GET', LIST, { as: admin });
    expect([status, body.type, headers.get('retry-after')]).toEqual([
      503,
      'urn:grantkeeper:problem:unavailable',
      '5',
    ]);
  });
});
