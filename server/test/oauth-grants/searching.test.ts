import type { JWTPayload } from 'jose';
import { beforeEach, describe, expect, it } from 'vitest';
import { keepParties } from '../../src/grants/read-model/keep-parties.ts';
import { rebuild } from '../../src/grants/read-model/rebuild.ts';
import { expectNoDifference } from '../grants/read-model/actors.ts';
import { tokenRow } from '../rows.ts';
import { useService } from '../service.ts';

const service = useService({ lookLimit: 50 });
const account_id = 'A';
const ADMIN = { sub: 'admin', account_id, permissions: ['account:admin'] };
const PROJECT_ADMIN = { ...ADMIN, project_id: 'P', permissions: ['project:admin'] };
const DAY = 24 * 60 * 60 * 1_000;

beforeEach(async () => {
  await service.store.users.insertMany([
    { _id: 'ada', name: 'Ada King-Lovelace', email: 'countess@analytical.example' },
    { _id: 'zoe', name: 'Zoë Ångström', email: 'zoe.a@example.org' },
    { _id: 'odysseus', name: 'ΟΔΥΣΣΕΥΣ' },
    { _id: 'stranger', name: 'Ada Stranger', email: 'ada@elsewhere.example' },
  ]);
  await service.store.clients.insertMany([
    { _id: 'claude', name: 'Claude Code', is_first_party: false },
    { _id: 'cursor', name: 'Cursor: the editor', is_first_party: false },
  ]);
  await service.store.refreshTokens.insertMany([
    tokenRow({ account_id, project_id: 'P', user_id: 'ada', client_id: 'claude' }),
    tokenRow({ account_id, project_id: 'Q', user_id: 'zoe', client_id: 'cursor' }),
    tokenRow({ account_id, project_id: 'Q', user_id: 'odysseus', client_id: 'https://agent.example/c.json' }),
    tokenRow({ account_id, project_id: 'P', user_id: 'nameless', client_id: 'claude' }),
    tokenRow({ account_id: 'B', project_id: 'P', user_id: 'stranger', client_id: 'claude' }),
  ]);
});

const ask = (body: object, as: JWTPayload = ADMIN) =>
  service.ask('POST', '/api/v1/oauth-grants/search', { as, body });
async function search(
  query: string,
  as: JWTPayload = ADMIN,
): Promise<{ users: string[]; clients: string[] }> {
  const { status, body } = await ask({ query }, as);
  expect(status, JSON.stringify(body)).toBe(200);
  return {
    users: body.users.map(({ user_id }: { user_id: string }) => user_id),
    clients: body.clients.map(({ client_id }: { client_id: string }) => client_id),
  };
}
const usersFor = async (query: string, as?: JWTPayload) => (await search(query, as)).users;
const rename = (_id: string, name: string) => service.store.users.updateOne({ _id }, { name });

describe('a search', () => {
  it.each([
    ['ada', 'ada'],
    ['ADA', 'ada'],
    ['lov', 'ada'],
    ['king-l', 'ada'],
    ['lovelace ada', 'ada'],
    ['countess@anal', 'ada'],
    ['analytical', 'ada'],
    ['example.org zoe', 'zoe'],
    ['zoe angstrom', 'zoe'],
    ['ZOË ÅNG', 'zoe'],
    ['οδυσσευς', 'odysseus'],
    ['ΟΔΥΣ', 'odysseus'],
    ['nameless', 'nameless'],
  ])('for %s finds %s', async (query, found) => {
    expect(await usersFor(query)).toEqual([found]);
  });

  it.each(['da', 'lovelace zoe', 'nameles', 'adas', '@', ' ', '.*', '$gt', '\\', 'a'.repeat(99)])(
    'for %j finds nobody',
    async (query) => {
      expect(await usersFor(query)).toEqual([]);
    },
  );

  it.each([
    ['soren', 'Søren Østergård'],
    ['SØREN OSTER', 'Søren Østergård'],
    ['lukasz', 'Łukasz'],
    ['strasse', 'Anna Straße'],
    ['STRASSE', 'Anna Straße'],
    ['straß', 'Anna Strasser'],
    ['isil', 'Işıl'],
    ['IŞIL', 'Işıl'],
    ['istanbul', 'İstanbul'],
    ['dorde', 'Đorđe'],
    ['aegir thor', 'Ægir Þór'],
    ['coeur', 'Cœur'],
  ])('for %s finds %s, with the letters that the keyboard has', async (query, name) => {
    await service.store.users.insertMany([{ _id: 'found', name }]);
    await service.store.refreshTokens.insertMany([tokenRow({ account_id, user_id: 'found' })]);
    expect(await usersFor(query)).toEqual(['found']);
  });

  it('finds clients by the words of their names, and those without a name by those of their id', async () => {
    expect((await search('code cl')).clients).toEqual(['claude']);
    expect((await search('the')).clients).toEqual(['cursor']);
    expect((await search('agent.ex')).clients).toEqual(['https://agent.example/c.json']);
  });

  it('says what is known of those it found, and no more', async () => {
    expect((await ask({ query: 'ada' })).body).toEqual({
      users: [{ user_id: 'ada', user_name: 'Ada King-Lovelace', user_email: 'countess@analytical.example' }],
      clients: [],
    });
    expect((await ask({ query: 'nameless' })).body.users).toEqual([{ user_id: 'nameless' }]);
    expect((await ask({ query: 'claude' })).body.clients).toEqual([
      { client_id: 'claude', client_name: 'Claude Code' },
    ]);
  });

  it('has the best first: an id, whole words, what begins as typed, and the rest by name', async () => {
    const people = { an: 'Ulf Zorn', i1: 'Zita An', i2: 'Anna Berg', i3: 'Ann Berg', i4: 'Berg Anders' };
    const rows = Object.entries(people).map(([_id, name]) => ({ _id, name }));
    await service.store.users.insertMany(rows);
    await service.store.refreshTokens.insertMany(
      rows.map(({ _id }) => tokenRow({ account_id, user_id: _id })),
    );
    expect(await usersFor('an')).toEqual(['an', 'i1', 'i3', 'i2', 'ada', 'i4', 'zoe']);
    const { body } = await ask({ query: 'an', limit: 2 });
    expect(body.users).toHaveLength(2);
  });

  it('finds one person by an e-mail whose domain more people have than it looks at', async () => {
    await service.store.grantParties.insertMany(
      Array.from({ length: 10_001 }, (_, index) => ({
        _id: { account_id, kind: 'user' as const, id: `colleague-${index}`, project_id: null },
        words: ['analytical', 'example'],
        written_at: service.now,
      })),
      { lean: true },
    );
    expect(await usersFor('countess@analytical.example')).toEqual(['ada']);
  });

  it('finds who granted something whatever its status, and nobody whose tokens were purged', async () => {
    await service.store.refreshTokens.updateMany(
      { user_id: 'ada' },
      { $set: { revoked_at: service.now }, $unset: { grouped: '' } },
    );
    expect(await usersFor('ada')).toEqual(['ada']);
    await service.store.refreshTokens.updateMany(
      { user_id: 'ada' },
      { $set: { purged: true }, $unset: { grouped: '' } },
    );
    expect(await search('ada')).toEqual({ users: [], clients: [] });
    // Somebody else still has that client.
    expect((await search('claude')).clients).toEqual(['claude']);
  });

  it('finds nothing outside of the permission', async () => {
    expect(await usersFor('ada', PROJECT_ADMIN)).toEqual(['ada']);
    for (const query of ['zoe', 'zoe.a@example.org']) {
      expect(await search(query, PROJECT_ADMIN)).toEqual({ users: [], clients: [] });
    }
    for (const query of ['stranger', 'ada@elsewhere.example', 'elsewhere']) {
      expect(await search(query)).toEqual({ users: [], clients: [] });
    }
    const zoe = { sub: 'zoe', account_id, permissions: ['account:member'] };
    expect(await search('ada', zoe)).toEqual({ users: [], clients: [] });
    expect(await search('claude', zoe)).toEqual({ users: [], clients: [] });
    expect(await usersFor('zo', zoe)).toEqual(['zoe']);
    expect((await search('cur', zoe)).clients).toEqual(['cursor']);
    expect((await ask({ query: 'ada' }, { sub: 'zoe', account_id })).status).toBe(403);
  });

  it('leaves no name or e-mail in the log', async () => {
    service.logged.length = 0;
    await search('countess@anal');
    await ask({ query: 'countess@anal', limit: 'countess' });
    expect(service.logged.length).toBeGreaterThan(0);
    expect(service.logged.join()).not.toContain('countess');
  });

  it.each<[string, object, string]>([
    ['no query', {}, ''],
    ['an empty query', { query: '' }, '/query'],
    ['a query that is too long', { query: 'a'.repeat(2_049) }, '/query'],
    ['an operator as query', { query: { $gt: '' } }, '/query'],
    ['a limit of 0', { query: 'a', limit: 0 }, '/limit'],
    ['a limit of 51', { query: 'a', limit: 51 }, '/limit'],
    ['another key', { query: 'a', account_id: 'B' }, '/account_id'],
  ])('with %s is a 400 that names what is wrong', async (_what, body, field) => {
    const answer = await ask(body);
    expect(answer.status).toBe(400);
    expect(answer.body.errors[0].field).toContain(field);
  });
});

describe('whoever is renamed', () => {
  it('is never found by the old name, and by the new one once a grant is shown', async () => {
    expect(await usersFor('zoe')).toEqual(['zoe']);
    await service.store.users.updateOne({ _id: 'zoe' }, { name: 'Maria Berg', email: 'maria@example.org' });
    expect(await usersFor('angstrom')).toEqual([]);
    await service.store.users.updateOne({ _id: 'ada' }, { name: 'Grace Hopper' });
    await service.ask('GET', '/api/v1/oauth-grants', { as: ADMIN });
    expect(await usersFor('grace')).toEqual(['ada']);
    expect(await usersFor('maria', { ...PROJECT_ADMIN, project_id: 'Q' })).toEqual(['zoe']);
  });

  it('is found by the new name after upkeep, although nothing was shown', async () => {
    await search('ada');
    await rename('zoe', 'Maria Berg');
    await service.store.clients.updateOne({ _id: 'cursor' }, { name: 'Windsurf' });
    // A few at a time, from where it ended.
    for (let run = 0; run < 10; run += 1) await keepParties(service.model, 3);
    expect(await usersFor('maria')).toEqual(['zoe']);
    expect((await search('wind', { ...PROJECT_ADMIN, project_id: 'Q' })).clients).toEqual(['cursor']);
  });
});

describe('what a search finds by', () => {
  const parties = () => service.store.grantParties.find().lean();
  const age = (by: number) =>
    service.store.grantParties.updateMany({}, { written_at: new Date(Date.now() - by) });

  it('is brought in for grants that an older server stored, by searches and by upkeep', async () => {
    const more = Array.from({ length: 120 }, (_, index) => tokenRow({ account_id, user_id: `u${index}` }));
    await service.store.refreshTokens.insertMany(more);
    await service.model.refreshWhole();
    const forget = async () => {
      await service.store.grantParties.deleteMany({});
      await service.store.grants.updateMany({}, { $unset: { searchable: '' } });
    };
    await forget();
    const { status, headers } = await ask({ query: 'ada' });
    expect([status, headers.get('retry-after')]).toEqual([503, '5']);
    await ask({ query: 'ada' });
    expect(await usersFor('ada')).toEqual(['ada']);
    await forget();
    await keepParties(service.model);
    expect(await usersFor('ada')).toEqual(['ada']);
    expect(await service.store.grants.countDocuments({ searchable: null, grant_hash: { $ne: null } })).toBe(
      0,
    );
    await expectNoDifference(service.model);
  });

  it('comes back with a rebuild', async () => {
    await search('ada');
    await service.store.grantParties.deleteMany({});
    await rebuild(service.model);
    expect(await usersFor('ada')).toEqual(['ada']);
  });

  it('is deleted a day after the last grant is gone, and not before', async () => {
    await search('ada');
    await service.store.refreshTokens.updateMany(
      { user_id: 'ada' },
      { $set: { purged: true }, $unset: { grouped: '' } },
    );
    await service.model.refreshWhole();
    const before = (await parties()).length;
    await age(DAY - 60_000);
    await keepParties(service.model);
    expect(await parties()).toHaveLength(before);
    await age(DAY + 60_000);
    await keepParties(service.model);
    const left = await parties();
    expect(left.filter(({ _id }) => _id?.id === 'ada')).toEqual([]);
    expect(left).toHaveLength(before - 2);
    expect(await usersFor('zoe')).toEqual(['zoe']);
    // Those that were kept are checked again in a day.
    expect(left.every(({ written_at }) => Date.now() - written_at.getTime() < DAY / 2)).toBe(true);
    await service.store.refreshTokens.create(tokenRow({ account_id, user_id: 'ada' }));
    expect(await usersFor('ada')).toEqual(['ada']);
  });
});
