import { describe, expect, it, vi } from 'vitest';
import { UsageError } from '../src/errors.ts';
import { createGrantkeeper, type Grantkeeper } from '../src/grantkeeper.ts';
import { answer, openLoopback } from './loopback.ts';
import { failureOf } from './surroundings.ts';

const server = openLoopback();

function grantkeeper(path = ''): Grantkeeper {
  return createGrantkeeper({ baseUrl: server.url + path, token: 'a-token', retries: 0 });
}

/** The pages of a list of grants, by offset, as the server cuts them. */
function pages(total_count: number, limit: number) {
  return Array.from({ length: Math.max(1, Math.ceil(total_count / limit)) }, (_, index) => {
    const offset = index * limit;
    const grants = Array.from({ length: Math.min(limit, total_count - offset) }, (_, place) => ({
      grant_id: `grant-${offset + place}`,
    }));
    const isLast = offset + limit >= total_count;
    return { grants, total_count, limit, offset, ...(isLast ? {} : { next_cursor: `c/${index + 1}` }) };
  });
}

async function idsOf(grants: AsyncIterable<{ grant_id: string }>): Promise<string[]> {
  const ids: string[] = [];
  for await (const { grant_id } of grants) ids.push(grant_id);
  return ids;
}

describe('every operation', () => {
  it.each<[string, unknown, (grantkeeper: Grantkeeper) => Promise<unknown>]>([
    [
      'GET /api/v1/oauth-grants?status=all&client_id=https%3A%2F%2Fa.example%2F%3Fb%26c',
      pages(0, 1)[0],
      ({ grants }) => grants.list({ status: 'all', client_id: 'https://a.example/?b&c' }),
    ],
    [
      'POST /api/v1/oauth-grants/search {"query":"ada l","limit":5}',
      { users: [], clients: [] },
      ({ grants }) => grants.search({ query: 'ada l', limit: 5 }),
    ],
    ['GET /api/v1/oauth-grants/a-grant', {}, ({ grants }) => grants.get('a-grant')],
    [
      'DELETE /api/v1/oauth-grants/a-grant?include_consent=true',
      {},
      ({ grants }) => grants.revoke('a-grant', { include_consent: true }),
    ],
    [
      'POST /api/v1/oauth-grants/revoke {"client_id":"an-app"}',
      {},
      ({ grants }) => grants.revokeMany({ client_id: 'an-app' }),
    ],
    [
      'GET /api/my-account/grants?appType=thirdParty',
      { grants: [] },
      ({ account }) => account('verified').listGrants({ appType: 'thirdParty' }),
    ],
    [
      'DELETE /api/my-account/grants/a%2Fgrant',
      undefined,
      ({ account }) => account('verified').revokeGrant('a/grant'),
    ],
    ['GET /v1/me/grants', { data: [] }, ({ me }) => me.listGrants()],
    ['DELETE /v1/me/grants/a-grant', undefined, ({ me }) => me.revokeGrant('a-grant')],
    [
      'GET /api/applications/an-app/user-consent-scopes',
      {},
      ({ applications }) => applications.listUserConsentScopes('an-app'),
    ],
    [
      'POST /api/applications/an-app/user-consent-scopes {"userScopes":["profile"]}',
      undefined,
      ({ applications }) => applications.assignUserConsentScopes('an-app', { userScopes: ['profile'] }),
    ],
    [
      'DELETE /api/applications/an-app/user-consent-scopes/user-scopes/urn%3Alogto%3Ascope%3Asessions',
      undefined,
      ({ applications }) =>
        applications.removeUserConsentScope('an-app', {
          scopeType: 'user-scopes',
          scopeId: 'urn:logto:scope:sessions',
        }),
    ],
    [
      'GET /api/organization-scopes?page=2',
      [],
      ({ applications }) => applications.listOrganizationScopes({ page: 2 }),
    ],
    [
      'GET /api/resources?includeScopes=true',
      [],
      ({ applications }) => applications.listResources({ includeScopes: true }),
    ],
  ])('sends %s', async (sent, answered, call) => {
    server.next(answer(answered === undefined ? 204 : 200, answered));
    const result = await call(grantkeeper());
    const [{ method, url, body, headers } = never()] = server.received;
    expect(`${method} ${url} ${body}`.trim()).toBe(sent);
    expect(headers.authorization).toBe('Bearer a-token');
    expect(headers['content-type']).toBe(body === '' ? undefined : 'application/json');
    expect(headers['logto-verification-id']).toBe(url.includes('my-account') ? 'verified' : undefined);
    if (answered === undefined) expect(result).toBeUndefined();
  });

  it('goes below the path of the base URL', async () => {
    server.next(answer(200, { data: [] }));
    await grantkeeper('/grantkeeper/').me.listGrants();
    expect(server.received[0]?.url).toBe('/grantkeeper/v1/me/grants');
  });

  it('makes no Request with a `client`: Deno takes only its own', async () => {
    class StrictRequest extends Request {
      constructor(input: RequestInfo | URL, init?: RequestInit) {
        if (init && 'client' in init) throw new TypeError('Argument 2 `client` must be a Deno.HttpClient');
        super(input, init);
      }
    }
    vi.stubGlobal('Request', StrictRequest);
    try {
      server.next(answer(200, { data: [] }));
      expect(await grantkeeper().me.listGrants()).toEqual([]);
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it.each(['', '.', '..'])('refuses the id "%s", which would name another address', async (id) => {
    const { grants, me } = grantkeeper();
    expect(await failureOf(grants.get(id))).toBeInstanceOf(UsageError);
    expect(await failureOf(me.revokeGrant(id))).toBeInstanceOf(UsageError);
    expect(server.received).toEqual([]);
  });

  it('gives what a 201 without a body means: nothing', async () => {
    server.next(answer(201));
    const assigned = grantkeeper().applications.assignUserConsentScopes('an-app', {
      userScopes: ['profile'],
    });
    expect(await assigned).toBeUndefined();
  });
});

describe('listAll', () => {
  it('gives every grant of every page once, following the cursors', async () => {
    server.next(...pages(5, 2).map((page) => answer(200, page)));
    const found = await idsOf(grantkeeper().grants.listAll({ client_id: 'an-app', limit: 2 }));
    expect(found).toEqual(['grant-0', 'grant-1', 'grant-2', 'grant-3', 'grant-4']);
    expect(server.received.map(({ url }) => url.split('?')[1])).toEqual([
      'client_id=an-app&limit=2&cursor=first',
      'client_id=an-app&limit=2&cursor=c%2F1',
      'client_id=an-app&limit=2&cursor=c%2F2',
    ]);
  });

  it('gives nothing where nothing matches', async () => {
    server.next(answer(200, pages(0, 100)[0]));
    expect(await idsOf(grantkeeper().grants.listAll())).toEqual([]);
  });

  it('begins where it is told, and says so only once: a cursor and an offset would contradict each other', async () => {
    server.next(
      ...pages(5, 2)
        .slice(1)
        .map((page) => answer(200, page)),
    );
    expect(await idsOf(grantkeeper().grants.listAll({ offset: 2 }))).toEqual([
      'grant-2',
      'grant-3',
      'grant-4',
    ]);
    const paths = server.received.map(({ url }) => url);
    expect(paths).toEqual([
      '/api/v1/oauth-grants?offset=2&cursor=first',
      '/api/v1/oauth-grants?cursor=c%2F2',
    ]);
  });

  it.each([
    [undefined, 'first'],
    ['a-cursor', 'a-cursor'],
  ])('with the cursor %s, begins at %s', async (cursor, asked) => {
    server.next(answer(200, pages(0, 100)[0]));
    await idsOf(grantkeeper().grants.listAll({ cursor }));
    expect(server.received[0]?.url).toBe(`/api/v1/oauth-grants?cursor=${asked}`);
  });

  it('asks for no page that is not wanted', async () => {
    server.next(answer(200, pages(4, 2)[0]));
    for await (const grant of grantkeeper().grants.listAll()) if (grant.grant_id === 'grant-1') break;
    expect(server.received).toHaveLength(1);
  });
});

function never(): never {
  throw new Error('nothing was received');
}
