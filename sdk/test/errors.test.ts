import { describe, expect, it } from 'vitest';
import { errorOf } from '../src/error-of-answer.ts';
import {
  ApiError,
  ConnectionError,
  GrantkeeperError,
  MeGrantsError,
  MyAccountGrantsError,
  OAuthGrantsError,
  RedirectError,
  UserConsentScopesError,
} from '../src/errors.ts';
import { createGrantkeeper } from '../src/grantkeeper.ts';
import { answer, cut, html, openLoopback } from './loopback.ts';
import { failureOf } from './surroundings.ts';

const server = openLoopback();
const grantkeeper = () => createGrantkeeper({ baseUrl: server.url, token: 'a-token', retries: 0 });

describe('an error of each document', () => {
  it('OAuth Grants: the name of the problem, its fields, the request id', async () => {
    const errors = [{ in: 'query', field: 'limit', detail: 'must be <= 1000' }];
    const problem = {
      type: 'urn:grantkeeper:problem:invalid-request',
      title: 'Invalid request',
      status: 400,
      detail: 'limit must be <= 1000.',
      request_id: 'the-request',
      errors,
    };
    server.next(
      answer(400, problem, { 'Content-Type': 'application/problem+json', 'X-Request-Id': 'the-request' }),
    );
    const failure = await failureOf(grantkeeper().grants.list({ limit: 1001 }));
    expect(failure).toBeInstanceOf(OAuthGrantsError);
    expect(failure).toMatchObject({
      name: 'OAuthGrantsError',
      status: 400,
      code: 'invalid-request',
      fields: errors,
      requestId: 'the-request',
      message: '400 limit must be <= 1000.',
      body: problem,
    });
  });

  it('My account grants: the code of Logto', async () => {
    const body = { code: 'verification_record.permission_denied', message: 'Please re-authenticate.' };
    server.next(answer(401, body, { 'X-Request-Id': 'the-request', 'WWW-Authenticate': 'Bearer' }));
    const failure = await failureOf(grantkeeper().account('old').listGrants());
    expect(failure).toBeInstanceOf(MyAccountGrantsError);
    expect(failure).toMatchObject({
      name: 'MyAccountGrantsError',
      status: 401,
      code: 'verification_record.permission_denied',
      fields: [],
      requestId: 'the-request',
      message: '401 Please re-authenticate.',
      body,
    });
  });

  it('Me grants: its error', async () => {
    server.next(answer(404, { error: 'grant_not_found', message: 'You have granted no such thing.' }));
    const failure = await failureOf(grantkeeper().me.revokeGrant('none'));
    expect(failure).toBeInstanceOf(MeGrantsError);
    expect(failure).toMatchObject({ name: 'MeGrantsError', status: 404, code: 'grant_not_found' });
  });

  it('User consent scopes: every field that the details name', async () => {
    const details = [
      'Error in key path "userScopes.0": must be equal to one of the allowed values: profile, email',
      'Error in key path "": is "odd": very',
    ].join('\n');
    server.next(
      answer(400, { code: 'guard.invalid_input', message: 'The request body is invalid.', details }),
    );
    const failure = await failureOf(grantkeeper().applications.assignUserConsentScopes('an-app', {}));
    expect(failure).toBeInstanceOf(UserConsentScopesError);
    expect(failure).toMatchObject({
      name: 'UserConsentScopesError',
      code: 'guard.invalid_input',
      fields: [
        {
          in: 'body',
          field: 'userScopes.0',
          detail: 'must be equal to one of the allowed values: profile, email',
        },
        { in: 'body', field: '', detail: 'is "odd": very' },
      ],
    });
  });
});

describe('an answer that is not of this API', () => {
  it('without a body says so', async () => {
    server.next(answer(503));
    expect(await failureOf(grantkeeper().me.listGrants())).toMatchObject({
      status: 503,
      code: undefined,
      body: '',
      message: '503 Service Unavailable: no body',
    });
  });

  it('from a proxy keeps its HTML for you to read', async () => {
    server.next(html(502));
    const failure = await failureOf(grantkeeper().grants.get('a-grant'));
    expect(failure).toBeInstanceOf(OAuthGrantsError);
    expect(failure).toMatchObject({
      status: 502,
      code: undefined,
      body: '<html><body><h1>Bad gateway</h1></body></html>',
      message: '502 Bad Gateway: text/html, which is no answer of this API',
    });
  });

  it('is a failure even where its status is 200', async () => {
    server.next(html(200), answer(200));
    const { me } = grantkeeper();
    expect(await failureOf(me.listGrants())).toMatchObject({ name: 'MeGrantsError', status: 200 });
    expect(await failureOf(me.listGrants())).toMatchObject({ name: 'MeGrantsError', status: 200, body: '' });
  });

  it.each([{}, [], { grants: {}, events: null, data: 5 }])(
    'is a failure where a list has none: %j',
    async (body) => {
      const { grants, me, account } = grantkeeper();
      const lists = [
        () => grants.list({ limit: 1 }),
        () => grants.listAll().next(),
        () => grants.listAuditEvents(),
        () => grants.listAllAuditEvents().next(),
        () => me.listGrants(),
        () => account('verified').listGrants(),
      ];
      for (const list of lists) {
        server.next(answer(200, body));
        expect(await failureOf(list())).toMatchObject({
          status: 200,
          body,
          message: expect.stringContaining('which is no answer of this API'),
        });
      }
    },
  );

  it.each(['null', '[]', '"no"', '{"errors":[null,{}],"message":5}'])(
    'is a plain failure where its JSON is of another shape: %s',
    (text) => {
      const error = errorOf('https://api.example/v1/me/grants', new Response(text, { status: 400 }), text, 0);
      expect(error).toMatchObject({ status: 400, code: undefined, fields: [] });
    },
  );

  it('from an address of no document is an ApiError', () => {
    const error = errorOf('https://api.example/healthz', new Response('', { status: 500 }), '', 0);
    expect(error?.name).toBe('ApiError');
    expect(error).toBeInstanceOf(ApiError);
  });
});

describe('a network that fails', () => {
  it('is a ConnectionError with its cause', async () => {
    server.next(cut);
    const failure = await failureOf(grantkeeper().me.listGrants());
    expect(failure).toBeInstanceOf(ConnectionError);
    expect(failure).toBeInstanceOf(GrantkeeperError);
    expect(failure).toMatchObject({
      name: 'ConnectionError',
      status: undefined,
      cause: expect.any(TypeError),
    });
  });
});

describe('a redirect', () => {
  it.each([301, 302, 303, 307, 308])(
    'is not followed but told, and nothing goes along: %i',
    async (status) => {
      const to = { Location: `${server.url}/elsewhere?state=secret`, 'X-Request-Id': 'the-gateway' };
      server.next(answer(status, undefined, to));
      const failure = await failureOf(
        createGrantkeeper({ baseUrl: server.url, token: 'a-token' }).account('secret').listGrants(),
      );
      expect(failure).toBeInstanceOf(RedirectError);
      expect(failure).toBeInstanceOf(GrantkeeperError);
      expect(failure).toMatchObject({
        name: 'RedirectError',
        status,
        location: `${server.url}/elsewhere?state=secret`,
        requestId: 'the-gateway',
        message: `${status} ${server.url}/api/my-account/grants redirects to ${server.url}/elsewhere, which is not followed: set baseUrl to where the API is`,
      });
      expect(server.received).toHaveLength(1);
    },
  );

  it('of a browser, which hides where to, is told too', () => {
    const opaque = new Response(null);
    Object.defineProperties(opaque, { type: { value: 'opaqueredirect' }, status: { value: 0 } });
    const error = errorOf('https://api.example/v1/me/grants', opaque, '', 0);
    expect(error).toBeInstanceOf(RedirectError);
    expect(error).toMatchObject({
      status: undefined,
      location: undefined,
      message:
        'https://api.example/v1/me/grants redirects to elsewhere, which is not followed: set baseUrl to where the API is',
    });
  });

  it('is a plain error where its status only looks like one', async () => {
    server.next(answer(300), answer(304));
    expect(await failureOf(grantkeeper().me.listGrants())).toBeInstanceOf(MeGrantsError);
    expect(await failureOf(grantkeeper().me.listGrants())).toBeInstanceOf(MeGrantsError);
  });
});

describe('a good answer', () => {
  it.each([['application/json'], ['text/plain'], ['application/octet-stream']])(
    'is read whatever a proxy says of its type: %s',
    async (type) => {
      server.next((response) => {
        response.writeHead(200, { 'Content-Type': type }).end(JSON.stringify({ data: [] }));
      });
      expect(await grantkeeper().me.listGrants()).toEqual([]);
    },
  );

  it('that holds nothing is an error with its request', async () => {
    server.next((response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' }).end('null');
    });
    await expect(grantkeeper().me.listGrants()).rejects.toBeInstanceOf(GrantkeeperError);
  });
});
