import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VERIFICATION_ID } from '../../../server/src/demo/page-user.ts';
import { type Operation, readOperations } from '../../contract-tests/src/documents.ts';
import type { RawRequest } from '../../contract-tests/src/exchange.ts';
import { mutations } from '../../contract-tests/src/requests/mutations.ts';
import { partsOf, toRequest } from '../../contract-tests/src/requests/parts.ts';
import { openBoth, type Sender } from './both.ts';
import { GRANTS, ODD_BODIES, ODD_PATHS, ODD_SEARCHES, UNKNOWN_GRANT } from './odd-requests.ts';

const both = openBoth();
const operations = await readOperations();

const SENDERS = ['account:admin', 'project:admin', 'account:member'] as const;

function senderOf({ document }: Operation, index = 0): Sender {
  return document === 'user-consent-scopes' ? 'management' : SENDERS[index % SENDERS.length];
}

type Headers = Record<string, string>;

/** A request with JSON, or with a text as it is; without a body where none is given. */
function request(method: string, target: string, body?: unknown, headers: Headers = {}): RawRequest {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const type: Headers = body === undefined ? {} : { 'Content-Type': 'application/json' };
  const all = Object.entries({ ...type, ...headers });
  return { method, target, headers: all, body: Buffer.from(text ?? '') };
}

/** Whether a target is still below the APIs: `/api/v1/../..` is the server's first page. */
function isOfAnApi(target: string): boolean {
  const base = 'http://localhost';
  return URL.canParse(target, base) && /^\/(api|v1)\//.test(new URL(target, base).pathname);
}

/** Sends these to both. Gives those that they answer differently. */
async function differing(requests: (readonly [Sender, RawRequest])[]): Promise<object[]> {
  const found: object[] = [];
  for (const [sender, one] of requests) {
    const { server, mock } = await both.ask(sender, one);
    const { method, target, headers, body } = one;
    if (mock ? isDeepStrictEqual(server, mock) : server.status >= 400 || !isOfAnApi(target)) continue;
    const shown = `${method} ${target.slice(0, 200)} ${body.toString().slice(0, 200)}`;
    found.push({ sender, shown, headers, server, mock });
  }
  return found;
}

describe('the mock answers as the server does', () => {
  it.each(operations.map((one) => [one.operationId, one] as const))(
    'what is generated for %s, and spoilt',
    async (id, operation) => {
      const ids = both.mock.data.grants.slice(0, 20).map((one) => one.grant_id);
      const values = {
        grant_id: fc.constantFrom(...ids, UNKNOWN_GRANT),
        'logto-verification-id': fc.constantFrom(VERIFICATION_ID, 'another'),
      };
      const made = fc.record({
        parts: partsOf(operation, { values, bodies: {} }),
        changes: fc.array(mutations, { maxLength: 2 }),
      });
      const samples = fc.sample(made, { seed: 20_261_128 + id.length, numRuns: 60 });
      const requests = samples.map(({ parts, changes }, index) => {
        const spoilt = changes.reduce((one, change) => change.apply(one), toRequest(parts, []));
        return [senderOf(operation, index), spoilt] as const;
      });
      expect(await differing(requests)).toEqual([]);
    },
  );

  it.each(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('a %s everywhere', async (method) => {
    const requests = operations.flatMap((operation) => {
      const target = operation.template.replace(/\{\w+\}/g, 'nope');
      const of = (...rest: [unknown?, Headers?]) => request(method, target, ...rest);
      const hasBody = method !== 'GET' && method !== 'HEAD';
      const bodies = hasBody ? ['{"bogus":1}', '{', ''].map((body) => of(body)) : [];
      const plain = hasBody ? [of('{', { 'Content-Type': 'text/plain' }), of(undefined)] : [of()];
      const asked = [...bodies, ...plain].map((one) => [senderOf(operation), one] as const);
      return [...asked, [undefined, of()] as const];
    });
    expect(await differing(requests)).toEqual([]);
  });

  it('odd addresses, queries and headers', async () => {
    const requests = ODD_PATHS.map((path) => request('GET', GRANTS + path));
    const keys = ['', 'a b', 'x'.repeat(300), '"q"', '""', '"'];
    const keyed = keys.map((key) =>
      request('DELETE', `${GRANTS}/${UNKNOWN_GRANT}`, undefined, { 'Idempotency-Key': key }),
    );
    const all = [...requests, ...keyed];
    expect(await differing(all.map((one) => ['account:admin', one] as const))).toEqual([]);
  });

  it('odd bodies, and odd types of them', async () => {
    const types = [
      'text/plain',
      'application/json; charset=utf-16',
      'application/json;charset="UTF-8"',
      'application/problem+json',
      'APPLICATION/JSON',
      'application/jsonx',
      '',
    ];
    const requests = [
      ...ODD_BODIES.map((body) => request('POST', `${GRANTS}/revoke`, body)),
      ...ODD_SEARCHES.map((body) => request('POST', `${GRANTS}/search`, body)),
      ...types.flatMap((type) =>
        ['{"client_id":"nope"}', '{', ''].map((body) =>
          request('POST', `${GRANTS}/revoke`, body, { 'Content-Type': type }),
        ),
      ),
    ];
    expect(await differing(requests.map((one) => ['account:admin', one] as const))).toEqual([]);
  });

  it('a repetition with an idempotency key, and what is none', async () => {
    const revoke = (body: unknown, key: string) =>
      request('POST', `${GRANTS}/revoke`, body, { 'Idempotency-Key': key });
    const requests: [Sender, RawRequest][] = [
      ['account:admin', revoke('{"client_id":"nope","user_id":"a"}', 'k1')],
      ['account:admin', revoke('{ "user_id": "a", "client_id": "nope" }', '"k1"')],
      ['account:admin', revoke({ client_id: 'other' }, 'k1')],
      ['account:admin', revoke('{bad', 'k1')],
      ['account:admin', revoke({ client_id: 'other', dry_run: true }, 'k1')],
      ['account:admin', revoke({ account_id: 'other' }, 'k1')],
      ['account:admin', revoke({ grant_ids: ['abc'] }, 'k1')],
      ['account:member', revoke('{"client_id":"nope","user_id":"a"}', 'k1')],
      ['project:admin', revoke('{"client_id":"nope","user_id":"a"}', 'k1')],
      ['account:admin', revoke('{"client_id":"nope","user_id":"a","status":"active"}', 'k1')],
      ['account:admin', revoke('{"client_id":"nope","user_id":"a","dry_run":false}', 'k1')],
      ['account:admin', revoke({ preview_token: 'a.b.c' }, 'k1')],
      [
        'account:admin',
        request('DELETE', `${GRANTS}/${UNKNOWN_GRANT}`, undefined, { 'Idempotency-Key': 'k1' }),
      ],
      ['account:admin', revoke('{bad', 'k2')],
      ['account:admin', revoke({ client_id: 'nope' }, 'k2')],
    ];
    expect(await differing(requests)).toEqual([]);
  });

  it.each([
    'application/x-ndjson',
    'application/x-ndjson;q=0, application/json',
    'application/json, application/x-ndjson',
    'application/json;q=0.5, application/x-ndjson',
    'application/*, application/x-ndjson',
    '*/*',
    'text/html',
  ])('a list of events that is wanted as %s', async (Accept) => {
    const one = request('GET', `${GRANTS}/audit-events?limit=2`, undefined, { Accept });
    expect(await differing([['account:admin', one]])).toEqual([]);
  });
});
