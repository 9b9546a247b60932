import { beforeEach, describe, expect, it, vi } from 'vitest';
import { times } from '../effort.ts';
import { Service, useService } from '../service.ts';

const service = useService();
const admin = { sub: 'console', scope: 'all' };
const pathOf = (application: string) =>
  `/api/applications/${encodeURIComponent(application)}/user-consent-scopes`;
const APP = pathOf('app');
const assign = (body: unknown, path = APP) => service.ask('POST', path, { as: admin, body });
const read = async (path = APP) => (await service.ask('GET', path, { as: admin })).body;
const nothing = {
  organizationScopes: [],
  resourceScopes: [],
  organizationResourceScopes: [],
  userScopes: [],
};

beforeEach(async () => {
  await service.store.clients.insertMany([
    { _id: 'app', name: 'App', is_first_party: false },
    { _id: 'own', name: 'Own', is_first_party: true },
  ]);
  await service.store.organizationScopes.insertMany([
    { _id: 'o1', name: 'b' },
    { _id: 'o2', name: 'a', description: 'First' },
    { _id: 'o3', name: 'a' },
  ]);
  await service.store.resources.insertMany([
    { _id: 'r1', name: 'Files', indicator: 'https://files.example' },
    { _id: 'r2', name: 'Calendar', indicator: 'https://calendar.example' },
  ]);
  await service.store.resourceScopes.insertMany([
    { _id: 's1', resource_id: 'r1', name: 'write' },
    { _id: 's2', resource_id: 'r1', name: 'read', description: 'Read files' },
    { _id: 's3', resource_id: 'r2', name: 'read' },
    { _id: 'lost', resource_id: 'gone', name: 'read' },
  ]);
});

describe('the scopes of an application', () => {
  it('are listed in full, grouped by resource, by name and then by id', async () => {
    const { status, body } = await assign({
      organizationScopes: ['o1', 'o2', 'o3'],
      resourceScopes: ['s1', 's2', 's3', 'lost'],
      organizationResourceScopes: ['s3'],
      userScopes: ['profile', 'email', 'urn:logto:scope:sessions'],
    });
    expect([status, body]).toEqual([201, undefined]);
    const calendar = {
      resource: { id: 'r2', name: 'Calendar', indicator: 'https://calendar.example' },
      scopes: [{ id: 's3', name: 'read', description: null }],
    };
    expect(await read()).toStrictEqual({
      organizationScopes: [
        { id: 'o2', name: 'a', description: 'First' },
        { id: 'o3', name: 'a', description: null },
        { id: 'o1', name: 'b', description: null },
      ],
      resourceScopes: [
        calendar,
        {
          resource: { id: 'r1', name: 'Files', indicator: 'https://files.example' },
          scopes: [
            { id: 's2', name: 'read', description: 'Read files' },
            { id: 's1', name: 'write', description: null },
          ],
        },
      ],
      organizationResourceScopes: [calendar],
      userScopes: ['email', 'profile', 'urn:logto:scope:sessions'],
    });
  });

  it('are four empty lists where nothing is assigned, of a first-party application too', async () => {
    expect(await read()).toStrictEqual(nothing);
    expect(await read(pathOf('own'))).toStrictEqual(nothing);
  });

  it('lose those that were deleted', async () => {
    await assign({ organizationScopes: ['o1'], resourceScopes: ['s3'] });
    await service.store.organizationScopes.deleteOne({ _id: 'o1' });
    await service.store.resources.deleteOne({ _id: 'r2' });
    expect(await read()).toStrictEqual(nothing);
  });
});

describe('assigning', () => {
  it('adds, never replaces, and changes nothing when repeated', async () => {
    await assign({ resourceScopes: ['s1'], userScopes: ['profile'] });
    await assign({ resourceScopes: ['s2', 's2'], userScopes: ['email'] });
    const before = await service.store.userConsentScopes.findById('app').lean();
    await assign({ resourceScopes: ['s2', 's1'], userScopes: ['email', 'profile'] });
    expect(await service.store.userConsentScopes.findById('app').lean()).toEqual(before);
    expect(before).toMatchObject({ resource_scopes: ['s1', 's2'], user_scopes: ['email', 'profile'] });
  });

  it.each([
    ['an empty object', {}],
    [
      'empty lists',
      { organizationScopes: [], resourceScopes: [], organizationResourceScopes: [], userScopes: [] },
    ],
    ['unknown keys, which are ignored', { scopes: ['s1'] }],
  ])('nothing, by %s, is a 201', async (_what, body) => {
    expect((await assign(body)).status).toBe(201);
    expect(await read()).toStrictEqual(nothing);
    expect((await assign(body, pathOf('unknown'))).status).toBe(404);
    expect((await assign(body, pathOf('own'))).status).toBe(422);
  });

  it('many at once loses none and duplicates none', async () => {
    const scopes = Array.from({ length: 60 }, (_, index) => `many-${index}`);
    await service.store.resourceScopes.insertMany(
      scopes.map((_id) => ({ _id, resource_id: 'r1', name: _id })),
    );
    const answers = await Promise.all(
      Array.from({ length: times(60, 200) }, (_, index) => {
        const some = [0, 1, 2, 3].map((step) => scopes[(index + step * 7) % scopes.length]);
        return assign({ resourceScopes: some, userScopes: [index % 2 ? 'email' : 'profile'] });
      }),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    const row = await service.store.userConsentScopes.findById('app').lean();
    expect(row?.resource_scopes.toSorted()).toEqual(scopes.toSorted());
    expect(row?.user_scopes.toSorted()).toEqual(['email', 'profile']);
  });
});

describe('the checks', () => {
  const unknownEverything = {
    organizationScopes: ['o1', 'x'],
    resourceScopes: ['y', 's1', 'y'],
    organizationResourceScopes: ['o1'],
  };

  it('name every unknown id, and write nothing', async () => {
    const { status, body } = await assign({ ...unknownEverything, userScopes: ['profile'] });
    expect([status, body]).toEqual([
      422,
      {
        code: 'application.user_consent_scopes_not_found',
        message: expect.stringMatching(/^Invalid user consent scopes\. GET .* GET /),
        data: {
          invalidOrganizationScopes: ['x'],
          invalidResourceScopes: ['y'],
          invalidOrganizationResourceScopes: ['o1'],
        },
      },
    ]);
    expect(await service.store.userConsentScopes.countDocuments()).toBe(0);
    const one = await assign({ organizationScopes: ['x'] });
    expect(one.body.data).toEqual({
      invalidOrganizationScopes: ['x'],
      invalidResourceScopes: [],
      invalidOrganizationResourceScopes: [],
    });
  });

  it("come in Logto's order: shape, application, third party, ids", async () => {
    const bad = { ...unknownEverything, userScopes: ['birthday'] };
    expect((await assign(bad, pathOf('unknown'))).status).toBe(400);
    const unknown = await assign(unknownEverything, pathOf('unknown'));
    expect([unknown.status, unknown.body]).toEqual([
      404,
      { code: 'entity.not_exists_with_id', message: 'The applications with ID `unknown` does not exist.' },
    ]);
    const own = await assign(unknownEverything, pathOf('own'));
    expect([own.status, own.body.code]).toEqual([422, 'application.third_party_application_only']);
  });

  it.each([
    ['a user scope that does not exist', { userScopes: ['birthday'] }, 'userScopes.0'],
    ['null for a list', { resourceScopes: null }, 'resourceScopes'],
    ['a string for a list', { resourceScopes: 's1' }, 'resourceScopes'],
    ['a number for an id', { resourceScopes: [1] }, 'resourceScopes.0'],
    ['an operator for an id', { organizationScopes: [{ $gt: '' }] }, 'organizationScopes.0'],
    ['a list for a body', [], ''],
  ])('refuse %s with a 400 that names it', async (_what, sent, path) => {
    const { status, body } = await assign(sent);
    expect([status, body.code]).toEqual([400, 'guard.invalid_input']);
    expect(body.details).toContain(`Error in key path "${path}": `);
  });

  it('refuse what is no JSON, no body, too much and another type', async () => {
    const json = { 'Content-Type': 'application/json' };
    const statusOf = async (asking: object) =>
      (await service.ask('POST', APP, { as: admin, ...asking })).status;
    expect(await statusOf({ body: '{' })).toBe(400);
    expect(await statusOf({ headers: json })).toBe(400);
    expect(await statusOf({})).toBe(400);
    expect(await statusOf({ body: { scopes: 'x'.repeat(1_100_000) } })).toBe(413);
    expect(await statusOf({ body: 'a=b', headers: { 'Content-Type': 'text/plain' } })).toBe(415);
  });
});

describe.each([
  ['GET', APP],
  ['POST', APP],
  ['DELETE', `${APP}/user-scopes/profile`],
])('who may %s', (method, path) => {
  it.each([
    ['no token', {}, 401, 'auth.authorization_header_missing'],
    [
      'another scheme',
      { headers: { Authorization: 'Basic YTpi' } },
      401,
      'auth.authorization_token_type_not_supported',
    ],
    ['a bad token', { headers: { Authorization: 'Bearer x' } }, 401, 'auth.unauthorized'],
    ['no scope', { as: { sub: 'console' } }, 403, 'auth.forbidden'],
    ['another scope', { as: { sub: 'console', scope: 'ALL all:read' } }, 403, 'auth.forbidden'],
  ])('not with %s', async (_what, asking, status, code) => {
    const answer = await service.ask(method, path, {
      ...asking,
      ...(method === 'POST' ? { body: { userScopes: ['?'] } } : {}),
    });
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });
});

describe('rows that are not as the store says', () => {
  it.each([
    ['null for lists', { user_scopes: null, resource_scopes: null }, []],
    ['text for lists', { user_scopes: 'email profile', resource_scopes: 's1' }, ['email', 'profile']],
    ['numbers in lists', { user_scopes: ['email', 7], resource_scopes: [7] }, ['email']],
    [
      'user scopes of a newer Logto',
      { user_scopes: ['email', 'urn:logto:scope:trusted_devices'] },
      ['email'],
    ],
  ])('with %s are read for what they mean, and added to', async (_what, odd, shown) => {
    await service.store.userConsentScopes.collection.insertOne({ _id: 'app', ...odd } as never);
    expect((await read()).userScopes).toEqual(shown);
    expect((await assign({ userScopes: ['phone'], resourceScopes: ['s2'] })).status).toBe(201);
    const { userScopes, resourceScopes } = await read();
    expect(userScopes).toEqual([...shown, 'phone'].sort());
    expect(JSON.stringify(resourceScopes)).toContain('"s2"');
  });

  it('hide no other scope, and are called by their ids where they have no name', async () => {
    await service.store.organizationScopes.collection.insertMany([
      { _id: 'nameless' },
      { _id: 'o9', name: 'odd', description: 7 },
    ] as never[]);
    await service.store.resources.collection.insertOne({ _id: 'rx', name: 7, indicator: 'x' } as never);
    await service.store.resourceScopes.collection.insertMany([
      { _id: 'sx', resource_id: 'rx', name: 'read' },
    ] as never[]);
    await assign({ organizationScopes: ['nameless', 'o9', 'o1'], resourceScopes: ['sx', 's3'] });
    const { organizationScopes, resourceScopes } = await read();
    expect(organizationScopes).toEqual([
      expect.objectContaining({ id: 'o1' }),
      { id: 'nameless', name: 'nameless', description: null },
      { id: 'o9', name: 'odd', description: null },
    ]);
    expect(resourceScopes.map(({ resource }: { resource: unknown }) => resource)).toEqual([
      expect.objectContaining({ id: 'r2' }),
      { id: 'rx', name: 'rx', indicator: 'x' },
    ]);
  });
});

describe('removing', () => {
  it('takes one scope of one kind, and is a 404 the second time', async () => {
    await assign({
      organizationScopes: ['o1'],
      resourceScopes: ['s1', 's2'],
      organizationResourceScopes: ['s1'],
      userScopes: ['profile', 'urn:logto:scope:sessions'],
    });
    const removed = [
      'organization-scopes/o1',
      'resource-scopes/s1',
      'organization-resource-scopes/s1',
      'user-scopes/urn:logto:scope:sessions',
    ];
    for (const path of removed) {
      expect((await service.ask('DELETE', `${APP}/${path}`, { as: admin })).status).toBe(204);
      const again = await service.ask('DELETE', `${APP}/${path}`, { as: admin });
      expect([again.status, again.body.code]).toEqual([404, 'entity.not_found']);
    }
    expect(await service.store.userConsentScopes.findById('app').lean()).toEqual({
      _id: 'app',
      organization_scopes: [],
      resource_scopes: ['s2'],
      organization_resource_scopes: [],
      user_scopes: ['profile'],
    });
  });

  it('refuses an unknown kind, an unknown application and a scope that was never there', async () => {
    const codeOf = async (path: string) => {
      const { status, body } = await service.ask('DELETE', path, { as: admin });
      return [status, body.code];
    };
    expect(await codeOf(`${APP}/scopes/s1`)).toEqual([400, 'guard.invalid_input']);
    expect(await codeOf(`${pathOf('unknown')}/user-scopes/profile`)).toEqual([
      404,
      'entity.not_exists_with_id',
    ]);
    expect(await codeOf(`${APP}/user-scopes/birthday`)).toEqual([404, 'entity.not_found']);
  });
});

it("a failure of the service is in Logto's shape too", async () => {
  const cut = new Service();
  await cut.start();
  await cut.database.close();
  const { status, headers, body } = await cut.ask('GET', APP, { as: admin });
  expect([status, headers.get('retry-after'), Object.keys(body)]).toEqual([503, '5', ['message']]);
  await cut.stop();
  vi.spyOn(service.store.clients, 'aggregate').mockImplementationOnce(() => {
    throw new Error('a secret of the database');
  });
  const failed = await service.ask('GET', APP, { as: admin });
  expect([failed.status, failed.body]).toEqual([500, { message: 'Internal server error.' }]);
});
