import { beforeEach, describe, expect, it } from 'vitest';
import { useService } from '../service.ts';

const service = useService();
const admin = { sub: 'console', scope: 'all' };
const ORGANIZATION = '/api/organization-scopes';
const RESOURCES = '/api/resources';
const ask = (path: string) => service.ask('GET', path, { as: admin });
const idsOf = (body: { id: string }[]) => body.map(({ id }) => id);

beforeEach(async () => {
  await service.store.clients.create({ _id: 'app', name: 'App', is_first_party: false });
  await service.store.organizationScopes.insertMany([
    { _id: 'o2', name: 'a' },
    { _id: 'o1', name: 'b', description: 'First' },
  ]);
  await service.store.resources.insertMany([
    { _id: 'r2', name: 'Calendar', indicator: 'https://calendar.example' },
    { _id: 'r1', name: 'Files', indicator: 'https://files.example' },
  ]);
  await service.store.resourceScopes.insertMany([
    { _id: 's1', resource_id: 'r1', name: 'write' },
    { _id: 's2', resource_id: 'r1', name: 'read', description: 'Read files' },
    { _id: 'lost', resource_id: 'gone', name: 'read' },
  ]);
});

describe('the scopes that there are to assign', () => {
  it('are the organization scopes, sorted by id', async () => {
    const { status, body, headers } = await ask(ORGANIZATION);
    expect([status, body]).toStrictEqual([
      200,
      [
        { id: 'o1', name: 'b', description: 'First' },
        { id: 'o2', name: 'a', description: null },
      ],
    ]);
    expect([headers.get('total-number'), headers.get('link')]).toEqual([null, null]);
  });

  it('are those of each resource, a resource without any included', async () => {
    expect((await ask(`${RESOURCES}?includeScopes=true`)).body).toStrictEqual([
      {
        id: 'r1',
        name: 'Files',
        indicator: 'https://files.example',
        scopes: [
          { id: 's2', resourceId: 'r1', name: 'read', description: 'Read files' },
          { id: 's1', resourceId: 'r1', name: 'write', description: null },
        ],
      },
      { id: 'r2', name: 'Calendar', indicator: 'https://calendar.example', scopes: [] },
    ]);
  });

  it.each(['', '?includeScopes=false'])('are left out of resources with "%s"', async (query) => {
    const { body } = await ask(RESOURCES + query);
    expect(body[0]).toStrictEqual({ id: 'r1', name: 'Files', indicator: 'https://files.example' });
  });

  it('can be assigned, every one of them', async () => {
    const organizationScopes = idsOf((await ask(ORGANIZATION)).body);
    const { body: resources } = await ask(`${RESOURCES}?includeScopes=true`);
    const resourceScopes = resources.flatMap(({ scopes }: { scopes: { id: string }[] }) => idsOf(scopes));
    const body = { organizationScopes, resourceScopes, organizationResourceScopes: resourceScopes };
    const path = '/api/applications/app/user-consent-scopes';
    expect((await service.ask('POST', path, { as: admin, body })).status).toBe(201);
  });

  it('are named as the place to look when one does not exist', async () => {
    const messageFor = async (body: object) =>
      (await service.ask('POST', '/api/applications/app/user-consent-scopes', { as: admin, body })).body
        .message;
    expect(await messageFor({ organizationScopes: ['x'] })).toMatch(
      /^(?!.*resources).*GET \/api\/organization-scopes/,
    );
    expect(await messageFor({ organizationResourceScopes: ['x'] })).toMatch(
      /^(?!.*organization-scopes).*GET \/api\/resources\?includeScopes=true/,
    );
  });

  it.each([ORGANIZATION, RESOURCES])('at %s are for tokens with the scope all only', async (path) => {
    const { status, body } = await service.ask('GET', path, { as: { sub: 'ann', scope: 'openid' } });
    expect([status, body.code]).toEqual([403, 'auth.forbidden']);
    expect((await service.ask('GET', path)).status).toBe(401);
  });

  it('whose ids cannot be written in a request are not listed', async () => {
    await service.store.organizationScopes.collection.insertOne({ _id: 7, name: 'seven' } as never);
    await service.store.resourceScopes.collection.insertOne({
      _id: 7,
      resource_id: 'r1',
      name: '7',
    } as never);
    expect(idsOf((await ask(ORGANIZATION)).body)).toEqual(['o1', 'o2']);
    expect(idsOf((await ask(`${RESOURCES}?includeScopes=true`)).body[0].scopes)).toEqual(['s2', 's1']);
  });
});

describe.each([
  [ORGANIZATION, 'organizationScopes'],
  [RESOURCES, 'resources'],
] as const)('a page of %s', (path, collection) => {
  const id = (index: number) => `x${String(index).padStart(2, '0')}`;

  beforeEach(async () => {
    const { collection: native } = service.store[collection];
    await native.deleteMany({});
    const rows = Array.from({ length: 45 }, (_, index) => ({ _id: id(index), name: 'n', indicator: 'i' }));
    await native.insertMany(rows as never[]);
  });

  it('has twenty unless told, and says how many there are and where the other pages are', async () => {
    const { body, headers } = await ask(`${path}?page=2`);
    expect(idsOf(body)).toEqual(Array.from({ length: 20 }, (_, index) => id(index + 20)));
    expect(headers.get('total-number')).toBe('45');
    const links = [...(headers.get('link') ?? '').matchAll(/<([^>]+)>; rel="(\w+)"/g)];
    expect(links.map(([, , rel]) => rel)).toEqual(['first', 'last', 'prev', 'next']);
    const sizes = await Promise.all(links.map(async ([, query]) => (await ask(path + query)).body.length));
    expect(sizes).toEqual([20, 5, 20, 5]);
  });

  it('is the first where only its size is given', async () => {
    const { body, headers } = await ask(`${path}?page_size=100`);
    expect(body).toHaveLength(45);
    expect(headers.get('link')).not.toContain('next');
  });

  it('after the last is empty', async () => {
    const { body, headers } = await ask(`${path}?page=9&page_size=10`);
    expect([body, headers.get('total-number')]).toEqual([[], '45']);
  });

  it.each(['page=0', 'page_size=101', 'page=x', 'page='])('is refused for %s', async (query) => {
    const { status, body } = await ask(`${path}?${query}`);
    expect([status, body.code]).toEqual([400, 'guard.invalid_input']);
    expect(body.details).toContain(query.split('=')[0]);
  });
});

it('an address below those of two documents is of neither', async () => {
  expect((await ask('/api/resources/app/user-consent-scopes')).status).toBe(404);
  expect((await ask('/api/applications')).status).toBe(404);
});
