import { describe, expect, it } from 'vitest';
import { readOperations } from '../../sdk/contract-tests/src/documents.ts';
import type { RawRequest, RawResponse } from '../../sdk/contract-tests/src/exchange.ts';
import { read, type Verdict } from '../../sdk/contract-tests/src/requests/reading.ts';
import { type Exchange, judge } from './judge.ts';

const operations = await readOperations();

function request(method: string, target: string, json?: string, ...more: [string, string][]): RawRequest {
  const body = Buffer.from(json ?? '');
  const ofBody: [string, string][] = [
    ['Content-Type', 'application/json'],
    ['Content-Length', String(body.length)],
  ];
  return { method, target, headers: [['Host', 'x'], ...(json === undefined ? [] : ofBody), ...more], body };
}

describe('reading a request by the documents', () => {
  const list = '/api/v1/oauth-grants';
  const revoke = `${list}/revoke`;
  const cases: [Verdict, RawRequest][] = [
    ['allowed', request('GET', list)],
    ['allowed', request('GET', `${list}/?limit=10&status=all`)],
    ['allowed', request('GET', `http://127.0.0.1${list}?resource=a%3Fb`)],
    ['allowed', request('GET', `${list}?resource=a?b`)],
    ['forbidden', request('GET', `${list}?resource=a?b&limit=0x10`)],
    ['forbidden', request('GET', `${list}?limit=1001`)],
    ['forbidden', request('GET', `${list}?limit=1e2`)],
    ['forbidden', request('GET', `${list}?limit=`)],
    ['forbidden', request('GET', `${list}?status=Active`)],
    ['forbidden', request('GET', `${list}?bogus=1`)],
    ['forbidden', request('GET', `${list}?limit=1&limit=1`)],
    ['forbidden', request('GET', `${list}?resource=%FF`)],
    ['forbidden', request('GET', `${list}/not*an*id`)],
    ['unclear', request('GET', `${list}?resource=%`)],
    ['unclear', request('GET', list, '{}')],
    ['elsewhere', request('PUT', list)],
    ['elsewhere', request('GET', `${list}/revoke`)],
    ['elsewhere', request('GET', '/nothing')],
    ['allowed', request('POST', revoke, '{"client_id":"a"}')],
    ['forbidden', request('POST', revoke, '{}')],
    ['forbidden', request('POST', revoke, '{"grant_ids":[]}')],
    ['forbidden', request('POST', revoke, '{"grant_ids":["a"],"client_id":"a"}')],
    ['forbidden', request('POST', revoke, '{"client":"a"}')],
    ['allowed', request('POST', revoke, '{"client_id":"a","dry_run":true}')],
    ['forbidden', request('POST', revoke, '{"dry_run":true}')],
    ['allowed', request('POST', revoke, '{"preview_token":"a.b.c"}')],
    ['forbidden', request('POST', revoke, '{"preview_token":"a.b.c","dry_run":true}')],
    ['forbidden', request('POST', revoke, '{"client_id":{"$gt":""}}')],
    ['forbidden', request('POST', revoke, '{"client_id":')],
    ['forbidden', request('POST', revoke)],
    ['forbidden', request('POST', revoke, '{"client_id":"a"}', ['Content-Encoding', 'gzip'])],
    ['unclear', request('POST', revoke, '{"client_id":"a"}', ['Content-Length', '3'])],
  ];
  for (const [verdict, raw] of cases) {
    it(`finds ${raw.method} ${raw.target} ${raw.body} ${verdict}`, () => {
      expect(read(raw, operations)).toMatchObject({ verdict });
    });
  }
});

describe('judging an answer', () => {
  const grant = {
    grant_id: 'abc',
    client_id: 'c',
    client_name: 'C',
    user_id: 'me',
    account_id: 'ours',
    project_id: 'p',
    resource: 'r',
    scope: [],
    status: 'active',
    token_count: 1,
    granted_at: '2026-01-01T00:00:00.000Z',
    created_at: '2026-01-01T00:00:00.000Z',
  };
  const page = (...grants: object[]) => ({ grants, total_count: grants.length, limit: 100, offset: 0 });

  function faults(
    answer: Partial<RawResponse> & { json?: unknown },
    { target = '/api/v1/oauth-grants', ...more }: Partial<Exchange> & { target?: string } = {},
  ): string {
    const raw = request('GET', target);
    const type = (answer.status ?? 200) < 400 ? 'application/json' : 'application/problem+json';
    const response = {
      status: 200,
      headers: new Map([
        ['x-request-id', 'id'],
        ['content-type', type],
        ['www-authenticate', 'Bearer'],
      ]),
      body: JSON.stringify(answer.json),
      ...answer,
    };
    const claims = { sub: 'me', account_id: 'ours', permissions: ['account:member'] };
    return judge(
      {
        request: raw,
        reading: read(raw, operations),
        credential: { name: 'the token', authorization: 'Bearer x', isGood: true, claims },
        isCredentialIntact: true,
        isUnspoilt: true,
        response,
        ...more,
      },
      operations,
    ).join('; ');
  }
  const problem = (status: number) => ({
    type: 'urn:grantkeeper:problem:unauthorized',
    title: 'T',
    status,
    detail: 'd',
    request_id: 'id',
  });

  it('finds nothing in what the document says', () => {
    expect(faults({ json: page(grant) })).toBe('');
    const forged = { name: 'f', authorization: 'x', isGood: false, claims: {} };
    expect(faults({ status: 401, json: problem(401) }, { credential: forged })).toBe('');
  });

  it('finds each kind of fault', () => {
    expect(faults({ status: 500, json: problem(500) })).toContain('a 500');
    expect(faults({ json: { ...page(), grants: 1 } })).toContain('that its document does not allow');
    expect(faults({ json: page({ ...grant, status: 'gone' }) })).toContain('/grants/0/status');
    expect(faults({ json: page(), headers: new Map() })).toContain('a 200 without X-Request-Id');
    expect(faults({ status: 418, json: problem(418) })).toContain('an undocumented 418');
    expect(faults({ json: page() }, { target: '/api/v1/oauth-grants?limit=0' })).toContain(
      'for what is forbidden',
    );
    expect(faults({ status: 400, json: problem(400) })).toContain('a 400 for what the document allows');
    expect(faults({ status: 401, json: problem(401) })).toContain('a 401 for a good token');
    expect(faults({ json: page({ ...grant, user_id: 'you' }) })).toContain('that the token may not see');
    expect(faults({ json: page({ ...grant, account_id: 'theirs' }) })).toContain(
      'that the token may not see',
    );
    const leak = { ...problem(400), detail: 'MongoServerError: E11000' };
    expect(faults({ status: 400, json: leak })).toContain('the inside of the server');
    const long = { ...problem(400), detail: 'x'.repeat(100_000) };
    expect(faults({ status: 400, json: long })).toContain('a 400 of 100');
    expect(faults({ status: 404, json: {} }, { target: '/nothing' })).toContain("in no document's shape");
    const forged = { name: 'forged', authorization: 'x', isGood: false, claims: {} };
    expect(faults({ json: page() }, { credential: forged })).toContain('for a token that is no good');
    const weak = { name: 'weak', authorization: 'x', isGood: true, claims: { sub: 'me' } };
    expect(faults({ json: page() }, { credential: weak })).toContain('without the right to listOAuthGrants');
  });
});
