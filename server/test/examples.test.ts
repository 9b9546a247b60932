import { readFileSync } from 'node:fs';
import { mongo } from 'mongoose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { MAX_KEYS } from '../src/database/idempotency-keys.ts';
import { suspendGrant } from '../src/grants/revocation/suspend.ts';
import { encodeGrantId } from '../src/grants/rows/identity.ts';
import { ADMISSION_LIMITS } from '../src/http/admission.ts';
import { encodeCursor } from '../src/oauth-grants/cursor.ts';
import { ASKED, consentRow, PAGE_GRANT, PAGE_GRANT_ID, tokenRow } from './rows.ts';
import { type Answer, type Asking, Service } from './service.ts';

/*
 * Every example of an error, in every document, is an answer that its operation gave here: nobody writes code for one
 * that never comes.
 */

const service = new Service();
const cut = new Service();
const none = { requests: 0, seconds: 60 };
const limited = new Service({ policies: { read: none, write: none, unauthorized: none } });
const full = new Service({
  admissionLimits: { ...ADMISSION_LIMITS, inFlight: 0, burst: { read: 0, write: 0 } },
});
beforeAll(async () => {
  await Promise.all([service.start(), cut.start(), limited.start(), full.start()]);
  await cut.database.close();
});
afterAll(() => Promise.all([service.stop(), cut.stop(), limited.stop(), full.stop()]));
afterEach(() => vi.restoreAllMocks());

/** Whether the store is as it was set up: what ends in an error changes nothing, and most tests only cause errors. */
let isAsSetUp = false;
beforeEach(async () => {
  if (!isAsSetUp) await setUp();
  isAsSetUp = true;
});

async function setUp(): Promise<void> {
  await service.empty();
  await service.store.refreshTokens.create(tokenRow(), tokenRow(SUSPENDED));
  await service.model.refresh();
  const suspension = { id: 's', asked: ASKED, rank: 2, now: service.now };
  await suspendGrant(service.model, SUSPENDED, suspension);
  await service.store.consents.create(consentRow({ _id: 'c', user_id: 'ann' }));
  await service.store.clients.insertMany([
    { _id: 'app_slack_4411', name: 'Slack bridge', is_first_party: false },
    { _id: 'console', name: 'Console', is_first_party: true },
  ]);
  await service.store.userConsentScopes.create({ _id: 'app_slack_4411', user_scopes: ['email'] });
  await service.store.verificationRecords.create({
    _id: 'good',
    user_id: 'ann',
    type: 'Password',
    verified: true,
    expires_at: new Date(service.now.getTime() + 60_000),
  });
}

interface Request extends Asking {
  method: string;
  path: string;
  to?: Service;
}

const admin = { sub: 'admin', account_id: PAGE_GRANT.account_id, permissions: ['account:admin'] };
const ann = { sub: 'ann', scope: 'urn:logto:scope:sessions' };
const console = { sub: 'console', scope: 'all' };
const headers = { 'logto-verification-id': 'good' };
const LIST = '/api/v1/oauth-grants';
const SCOPES = '/api/applications/app_slack_4411/user-consent-scopes';
const UNKNOWN_GRANT = encodeGrantId({ ...PAGE_GRANT, client_id: 'nobody' });
const SUSPENDED = { ...PAGE_GRANT, client_id: 'app_paused' };

/** A request of each operation that is answered as it wishes. */
const REQUESTS: Record<string, Request> = {
  listOAuthGrants: { method: 'GET', path: LIST, as: admin },
  listOAuthGrantAuditEvents: { method: 'GET', path: `${LIST}/audit-events`, as: admin },
  searchOAuthGrants: { method: 'POST', path: `${LIST}/search`, as: admin, body: { query: 'ann' } },
  getOAuthGrant: { method: 'GET', path: `${LIST}/${PAGE_GRANT_ID}`, as: admin },
  revokeOAuthGrant: { method: 'DELETE', path: `${LIST}/${PAGE_GRANT_ID}`, as: admin },
  suspendOAuthGrant: { method: 'POST', path: `${LIST}/${PAGE_GRANT_ID}/suspend`, as: admin },
  restoreOAuthGrant: { method: 'POST', path: `${LIST}/${encodeGrantId(SUSPENDED)}/restore`, as: admin },
  revokeOAuthGrants: {
    method: 'POST',
    path: `${LIST}/revoke`,
    as: admin,
    body: { grant_ids: [PAGE_GRANT_ID] },
  },
  listMyAccountGrants: { method: 'GET', path: '/api/my-account/grants', as: ann, headers },
  revokeMyAccountGrant: { method: 'DELETE', path: '/api/my-account/grants/c', as: ann, headers },
  listMeGrants: { method: 'GET', path: '/v1/me/grants', as: ann },
  revokeMeGrant: { method: 'DELETE', path: '/v1/me/grants/c', as: ann },
  listUserConsentScopes: { method: 'GET', path: SCOPES, as: console },
  assignUserConsentScopes: { method: 'POST', path: SCOPES, as: console, body: { userScopes: ['email'] } },
  listOrganizationScopes: { method: 'GET', path: '/api/organization-scopes', as: console },
  listResources: { method: 'GET', path: '/api/resources', as: console },
  removeUserConsentScope: { method: 'DELETE', path: `${SCOPES}/user-scopes/email`, as: console },
};

type Spoil = (request: Request) => Request | Promise<Request>;
const withQuery =
  (query: string): Spoil =>
  (request) => ({ ...request, path: `${request.path}?${query}` });
const withBody =
  (body: unknown, sent: Record<string, string> = {}): Spoil =>
  (request) => ({
    ...request,
    body,
    headers: { ...request.headers, ...sent },
  });
const withAuthorization =
  (authorization: Record<string, string>): Spoil =>
  ({ as: _, ...request }) => ({
    ...request,
    headers: { ...request.headers, ...authorization },
  });
const withClaims =
  (claims: object): Spoil =>
  (request) => ({ ...request, as: { ...request.as, ...claims } });
const withPath =
  (change: (path: string) => string): Spoil =>
  (request) => ({ ...request, path: change(request.path) });
const withKey = (key: string) => (request: Request) => ({
  ...request,
  headers: { ...request.headers, 'Idempotency-Key': key },
});
const lastPart = (part: string) =>
  withPath((path) => path.replace(/[^/]+(\/suspend|\/restore)?$/, `${part}$1`));
const ofApplication = (id: string) => withPath((path) => path.replace('app_slack_4411', id));
const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };
const elsewhere = {
  filter: { account_id: 'another' },
  status: 'active',
  sort_by: 'granted_at',
  sort_order: 'desc',
} as const;
const cursor = () => encodeCursor(elsewhere, { stretch: 0, key: service.now, identity: PAGE_GRANT });

/** Asks for a preview, lets something happen to it, then executes it. */
const withPreview =
  (happens: () => Promise<unknown> = async () => undefined, claims = {}): Spoil =>
  async (request) => {
    const body = { client_id: PAGE_GRANT.client_id, status: 'expired', dry_run: true };
    const { preview_token } = (await receive({ ...request, body })).body;
    await happens();
    return { ...request, as: { ...request.as, ...claims }, body: { preview_token } };
  };
const setPreview = (fields: object) => () =>
  service.store.revocationPreviews.updateMany({}, { $set: fields });
const minuteFromNow = () => new Date(Date.now() + 60_000);
const expireGrant = () => {
  isAsSetUp = false;
  return service.store.refreshTokens.updateMany(
    {},
    { $set: { expires_at: new Date(0) }, $unset: { grouped: '' } },
  );
};

/** What makes a request end in the error that an example shows, by the example's name. */
const SPOILT: Record<string, Spoil> = {
  missing_token: withAuthorization({}),
  no_bearer_token: withAuthorization({ Authorization: 'Basic YTpi' }),
  invalid_token: withAuthorization({ Authorization: 'Bearer nonsense' }),
  expired_token: withClaims({ exp: 1 }),
  no_permission: withClaims({ permissions: [] }),
  no_scope: withClaims({ scope: 'openid' }),
  no_person: withClaims({ client_id: 'ann' }),
  third_party: withClaims({ client_id: 'app_slack_4411' }),
  not_verified: (request) => ({ ...request, headers: {} }),
  grant_not_found: lastPart(UNKNOWN_GRANT),
  bad_grant_id: lastPart('nonsense'),
  application_not_found: ofApplication('app_gone_12'),
  scope_not_assigned: lastPart('phone'),
  bad_scope_type: withPath((path) => path.replace('user-scopes/email', 'scopes/email')),
  bad_app_type: withQuery('appType=both'),
  bad_values: withQuery('limit=5000&status=live'),
  other_list: (request) => withQuery(`cursor=${cursor()}`)(request),
  payload_too_large: withBody({ user_id: 'x'.repeat(5_000_000) }),
  unsupported_media_type: withBody('user_id=ann', FORM),
  not_json: withBody('{"userScopes":'),
  no_body: ({ body: _, ...request }) => ({ ...request, headers: { 'Content-Type': 'application/json' } }),
  nothing_chosen: withBody({}),
  both_ways: withBody({ grant_ids: [PAGE_GRANT_ID], user_id: 'ann' }),
  unknown_user_scope: withBody({ userScopes: ['mail'] }),
  first_party: ofApplication('console'),
  scopes_not_found: withBody({
    organizationScopes: ['o0000000000000000zzzz'],
    resourceScopes: ['s0000000000000000yyyy', 's0000000000000000zzzz'],
  }),
  bad_idempotency_key: withKey('a key'),
  idempotency_key_in_use: async (request) => {
    await receive(withKey('used')(request));
    const holder = { holder: 'a process that runs', until: new Date('2999-01-01') };
    await service.store.idempotencyKeys.updateOne({}, { $set: holder, $unset: { answer: '' } });
    return withKey('used')(request);
  },
  idempotency_key_reused: async (request) => {
    await receive(withKey('used')(request));
    await service.store.idempotencyKeys.updateOne({}, { request: 'another' });
    return withKey('used')(request);
  },
  too_many_idempotency_keys: async (request) => {
    await receive(withKey('used')(request));
    const used = await service.store.idempotencyKeys.findOne().lean();
    const others = Array.from({ length: MAX_KEYS }, (_, slot) => ({ ...used, _id: `key-${slot}`, slot }));
    await service.store.idempotencyKeys.insertMany(others.filter(({ slot }) => slot !== used?.slot));
    return withKey('another')(request);
  },
  too_many_requests: (request) => ({ ...request, to: limited }),
  bad_preview_token: withBody({ preview_token: 'a.b.c' }),
  fewer_permissions: withPreview(undefined, { permissions: ['account:member'] }),
  preview_changed: withPreview(expireGrant),
  preview_executing: (request) =>
    withPreview(setPreview({ lease: { holder: 'another', until: minuteFromNow() } }))(request),
  preview_executed: withPreview(
    setPreview({ executed_at: new Date(), revoked_tokens: 4, revoked_consents: 2 }),
  ),
  preview_expired: withPreview(setPreview({ expires_at: new Date(0) })),
  grant_not_active: async (request) => {
    await expireGrant();
    return request;
  },
  suspended_by_admin: withClaims({ sub: PAGE_GRANT.user_id, permissions: ['account:member'] }),
  grant_not_suspended: withPath((path) => path.replace(encodeGrantId(SUSPENDED), PAGE_GRANT_ID)),
  too_late: async (request) => {
    isAsSetUp = false;
    await service.store.grantSuspensions.updateMany({}, { until: service.now });
    return request;
  },
  overloaded: (request) => ({ ...request, to: full }),
  unavailable: (request) => ({ ...request, to: cut }),
  internal_error: (request) => {
    failAllQueries();
    return request;
  },
  // Where operations end in the same error in ways of their own.
  'listOAuthGrants unknown_parameter': withQuery('client=vts_abc123'),
  'listOAuthGrants outside_filter': withQuery('account_id=another'),
  another_user: async (request) =>
    withQuery('user_id=another')(await withClaims({ permissions: ['account:member'] })(request)),
  bad_action: withQuery('action=forget'),
  bad_limit: withBody({ query: 'ann', limit: 51 }),
  'revokeOAuthGrants outside_filter': withBody({ account_id: 'another' }),
  'revokeOAuthGrants bad_grant_id': withBody({ grant_ids: ['nonsense'] }),
  'revokeOAuthGrants grant_not_found': withBody({ grant_ids: [PAGE_GRANT_ID, UNKNOWN_GRANT] }),
  'listMeGrants unknown_parameter': withQuery('limit=10'),
  'revokeMeGrant unknown_parameter': withQuery('force=true'),
  'revokeMyAccountGrant unknown_parameter': withQuery('force=true'),
  'listUserConsentScopes unknown_parameter': withQuery('page=1'),
  bad_page_size: withQuery('page_size=101'),
};

function failAllQueries(): void {
  for (const query of [
    'find',
    'findOne',
    'aggregate',
    'updateOne',
    'updateMany',
    'findOneAndUpdate',
  ] as const) {
    vi.spyOn(mongo.Collection.prototype, query).mockImplementation(() => {
      throw new Error('a secret of the database');
    });
  }
}

interface ErrorExample {
  operation: string;
  status: number;
  name: string;
  value: Record<string, unknown>;
}

// biome-ignore lint/suspicious/noExplicitAny: a document of any shape, of which only the examples are wanted
type Any = any;

/** Every example of an answer from 400 on, in a bundled document. */
function errorExamplesOf(document: string): ErrorExample[] {
  const file = new URL(`../../openapi/bundled/${document}.json`, import.meta.url);
  const root: Any = JSON.parse(readFileSync(file, 'utf8'));
  const follow = (node: Any): Any => {
    if (typeof node?.$ref !== 'string') return node;
    const keys: string[] = node.$ref.slice(2).split('/');
    return follow(keys.reduce((at: Any, key) => at[key.replaceAll('~1', '/').replaceAll('~0', '~')], root));
  };
  const operations: Any[] = Object.values(root.paths).flatMap((item: Any) => Object.values(item));
  return operations
    .flatMap(({ operationId: operation, responses }) =>
      Object.entries(responses).flatMap(([status, response]) =>
        Object.values(follow(response).content ?? {}).flatMap((content: Any) =>
          Object.entries(content.examples ?? {}).map(([name, example]) => {
            const { value } = follow(example);
            return { operation, status: Number(status), name, value };
          }),
        ),
      ),
    )
    .filter(({ status }) => status >= 400);
}

async function receive({ to = service, method, path, ...asking }: Request): Promise<Answer> {
  const answer = await to.ask(method, path, asking);
  if (method !== 'GET' && answer.status < 300) isAsSetUp = false;
  return answer;
}

/** The id of a request is another each time. */
function withoutId({ request_id: _, ...body }: Record<string, unknown>): object {
  return body;
}

describe.each(['oauth-grants', 'account-grants', 'me-grants', 'user-consent-scopes'])(
  'the examples of errors in %s',
  (document) => {
    const examples = errorExamplesOf(document);

    it('are there, for every operation', () => {
      expect(examples.length).toBeGreaterThan(10);
      for (const { operation } of examples) expect(REQUESTS).toHaveProperty(operation);
    });

    it.each(examples)(
      '$operation $status $name is what it answers',
      async ({ operation, status, name, value }) => {
        const spoil = SPOILT[`${operation} ${name}`] ?? SPOILT[name];
        const request = REQUESTS[operation];
        if (!spoil || !request) throw new Error(`say here what makes ${operation} answer with ${name}`);
        const answer = await receive(await spoil(request));
        expect({ status: answer.status, ...withoutId(answer.body) }).toEqual({ status, ...withoutId(value) });
      },
    );
  },
);

it.each(Object.keys(REQUESTS))('%s, asked as here, fails only where it is spoilt', async (operation) => {
  const request = REQUESTS[operation];
  if (!request) throw new Error('no such request');
  expect((await receive(request)).status).toBeLessThan(300);
});
