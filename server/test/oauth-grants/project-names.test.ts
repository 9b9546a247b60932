import { mongo } from 'mongoose';
import { beforeEach, describe, expect, it } from 'vitest';
import { commandsOf } from '../commands.ts';
import { PAGE_GRANT, PAGE_GRANT_ID, tokenRow } from '../rows.ts';
import { type Asking, useService } from '../service.ts';

const service = useService();
const { account_id, project_id, user_id } = PAGE_GRANT;
const LIST = '/api/v1/oauth-grants';
const ADMIN = { sub: 'admin', account_id, permissions: ['account:admin'] };

interface Shown {
  project_id: string;
  project_name?: string;
}

beforeEach(async () => {
  await service.store.refreshTokens.create(
    tokenRow({ _id: 'page' }),
    tokenRow({ _id: 'other', project_id: 'other', user_id: 'bob' }),
    tokenRow({ _id: 'unknown', project_id: 'unknown' }),
    tokenRow({ _id: 'elsewhere', project_id: 'elsewhere', account_id: 'elsewhere' }),
  );
  await service.store.projects.insertMany([
    { _id: project_id, name: 'Customer support' },
    { _id: 'other', name: 'Research' },
    { _id: 'elsewhere', name: 'Secret' },
  ]);
});

const list = async (query: string, as: Asking['as'] = ADMIN): Promise<Shown[]> =>
  (await service.ask('GET', `${LIST}?${query}`, { as })).body.grants;
const named = async (as?: Asking['as']) =>
  Object.fromEntries(
    (await list('include_project_name=true', as)).map((one) => [one.project_id, one.project_name]),
  );

describe('the name of a project', () => {
  it('is with each of its grants where somebody asks for it, and missing where the project has no row', async () => {
    expect(await named()).toEqual({
      [project_id]: 'Customer support',
      other: 'Research',
      unknown: undefined,
    });
  });

  it('shows nowhere else', async () => {
    for (const query of ['', 'include_project_name=false', 'cursor=first', 'include_suspension=true']) {
      expect((await list(query)).flatMap(Object.keys)).not.toContain('project_name');
    }
    expect((await service.ask('GET', `${LIST}/${PAGE_GRANT_ID}`, { as: ADMIN })).body).not.toHaveProperty(
      'project_name',
    );
  });

  it('is with a single grant, too', async () => {
    const { body } = await service.ask('GET', `${LIST}/${PAGE_GRANT_ID}?include_project_name=true`, {
      as: ADMIN,
    });
    expect(body).toMatchObject({ project_id, project_name: 'Customer support' });
  });

  it.each([
    ['a member', { sub: user_id, account_id, permissions: ['account:member'] }, [project_id, 'unknown']],
    [
      'a project admin',
      { sub: 'p', account_id, project_id: 'other', permissions: ['project:admin'] },
      ['other'],
    ],
  ])('is shown to %s of the projects of their grants alone', async (_who, as, projects) => {
    expect(Object.keys(await named(as)).sort()).toEqual([...projects].sort());
  });

  it.each([
    ['empty', ''],
    ['a number', 42],
    ['a list', ['name']],
    ['an ObjectId', new mongo.ObjectId()],
  ])('counts as missing if it is %s', async (_what, name) => {
    await service.store.projects.collection.updateOne({ _id: project_id as never }, { $set: { name } });
    expect((await named())[project_id]).toBeUndefined();
  });

  it('is missing in a store without the collection', async () => {
    await service.store.projects.collection.drop();
    expect(Object.values(await named())).toEqual([undefined, undefined, undefined]);
  });

  it('is read once for a whole page', async () => {
    const rows = Array.from({ length: 60 }, (_, index) =>
      tokenRow({ _id: `many-${index}`, user_id: `user-${index}`, project_id: `project-${index % 20}` }),
    );
    await service.store.refreshTokens.create(rows);
    const commands = await commandsOf(service, () => list('include_project_name=true&limit=50'));
    expect(commands.filter((command) => command.find === 'projects')).toHaveLength(1);
  });
});
