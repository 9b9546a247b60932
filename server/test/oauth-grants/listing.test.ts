import { mongo } from 'mongoose';
import { describe, expect, it } from 'vitest';
import { consentRow, PAGE_GRANT, PAGE_GRANT_ID, tokenRow } from '../rows.ts';
import { useService } from '../service.ts';

const service = useService();
const admin = { sub: 'admin', account_id: PAGE_GRANT.account_id, permissions: ['account:admin'] };
const at = (date: string) => new Date(`${date}T00:00:00.000Z`);

async function list(query = '') {
  const { status, body } = await service.ask('GET', `/api/v1/oauth-grants${query}`, { as: admin });
  expect(status, JSON.stringify(body)).toBe(200);
  return body;
}

describe('the list of grants', () => {
  it("answers the published page's request with the page's example", async () => {
    const granted = new Date('2026-04-22T07:12:11.000Z');
    await service.store.clients.create({ _id: 'vts_abc123', name: 'Claude Code', is_first_party: false });
    await service.store.users.create({
      _id: PAGE_GRANT.user_id,
      name: 'Michael Vachette',
      email: 'mvachette@vertesiahq.com',
    });
    await service.store.consents.create(consentRow({ _id: 'c1', granted_at: granted }));
    await service.store.refreshTokens.create(
      tokenRow({
        consent_id: 'c1',
        scope: ['profile', 'openid', 'mcp', 'project:67dcf023c2a0761b44051f6f', 'mcp'],
        created_at: granted,
        last_used_at: new Date('2026-04-22T07:13:52.000Z'),
        expires_at: new Date('2026-05-22T07:12:11.000Z'),
      }),
    );
    service.now = new Date('2026-05-01T00:00:00.000Z');

    const answer = await list(
      '?status=active&client_id=vts_abc123&sort_by=granted_at&sort_order=desc&limit=100&offset=0',
    );

    expect(answer).toStrictEqual({
      grants: [
        {
          grant_id: PAGE_GRANT_ID,
          client_id: 'vts_abc123',
          client_name: 'Claude Code',
          user_id: '67e000dd2125fc47eb9ed815',
          user_name: 'Michael Vachette',
          user_email: 'mvachette@vertesiahq.com',
          account_id: '652feb8b38902b2e2245a2fb',
          project_id: '67dcf023c2a0761b44051f6f',
          resource: 'https://mcp.vertesia.io/',
          scope: ['mcp', 'openid', 'profile', 'project:67dcf023c2a0761b44051f6f'],
          status: 'active',
          token_count: 1,
          granted_at: '2026-04-22T07:12:11.000Z',
          created_at: '2026-04-22T07:12:11.000Z',
          last_used_at: '2026-04-22T07:13:52.000Z',
          expires_at: '2026-05-22T07:12:11.000Z',
        },
      ],
      total_count: 1,
      limit: 100,
      offset: 0,
    });
  });

  it('leaves out what a grant does not have, and falls back where the page says so', async () => {
    const cimd = 'https://agent.example/client.json?v=2&x=é';
    await service.store.refreshTokens.create(tokenRow({ client_id: cimd, expires_at: null }));

    const { grants } = await list();

    expect(grants).toHaveLength(1);
    expect(grants[0]).toMatchObject({ client_name: cimd, granted_at: grants[0].created_at });
    for (const name of ['user_name', 'user_email', 'last_used_at', 'expires_at'])
      expect(grants[0]).not.toHaveProperty(name);
  });

  it('takes rows that leave out their empty dates, or a value, as another program may write them', async () => {
    const { last_used_at: _, expires_at: __, revoked_at: ___, consent_id: ____, ...bare } = tokenRow();
    const { resource: _____, ...withoutResource } = bare;
    await service.store.refreshTokens.collection.insertMany([
      bare,
      { ...withoutResource, _id: 'other' },
    ] as never[]);

    const { grants } = await list();

    expect(
      grants.map(({ resource, status }: { resource: string; status: string }) => [resource, status]),
    ).toEqual([
      [PAGE_GRANT.resource, 'active'],
      ['', 'active'],
    ]);
    const { body } = await service.ask('DELETE', `/api/v1/oauth-grants/${grants[1].grant_id}`, { as: admin });
    expect(body.revoked_tokens).toBe(1);
  });

  it('shows the earliest consent, the earliest creation, the latest use and the latest expiry of a family', async () => {
    await service.store.consents.insertMany([
      consentRow({ _id: 'late', granted_at: at('2026-04-09') }),
      consentRow({ _id: 'early', granted_at: at('2026-04-02'), revoked_at: at('2026-04-03') }),
    ]);
    await service.store.refreshTokens.insertMany([
      tokenRow({
        consent_id: 'late',
        created_at: at('2026-04-10'),
        last_used_at: at('2026-04-20'),
        expires_at: at('2026-07-01'),
        revoked_at: at('2026-04-20'),
      }),
      tokenRow({
        consent_id: 'early',
        created_at: at('2026-04-11'),
        last_used_at: null,
        expires_at: at('2026-06-10'),
      }),
      tokenRow({
        created_at: at('2026-04-12'),
        last_used_at: at('2026-04-13'),
        expires_at: at('2026-06-20'),
      }),
    ]);

    const { grants } = await list();

    expect(grants).toMatchObject([
      {
        token_count: 3,
        granted_at: at('2026-04-02').toISOString(),
        created_at: at('2026-04-10').toISOString(),
        last_used_at: at('2026-04-20').toISOString(),
        expires_at: at('2026-07-01').toISOString(),
        status: 'active',
      },
    ]);
  });

  it('calls a row expired at the very moment that its expiry names', async () => {
    await service.store.refreshTokens.create(tokenRow({ expires_at: service.now }));
    expect((await list()).total_count).toBe(0);
    expect((await list('?status=expired')).total_count).toBe(1);
    service.now = new Date(service.now.getTime() - 1);
    expect((await list('?status=active')).total_count).toBe(1);
  });

  it('shows active grants, newest first, a hundred a page, unless asked otherwise', async () => {
    const day = (index: number) => new Date(at('2026-01-01').getTime() + index * 3_600_000);
    await service.store.refreshTokens.insertMany(
      Array.from({ length: 120 }, (_, index) => tokenRow({ user_id: `u${index}`, created_at: day(index) })),
    );
    await service.store.refreshTokens.create(tokenRow({ user_id: 'gone', revoked_at: at('2026-05-02') }));

    const answer = await list();

    expect(answer).toMatchObject({ total_count: 120, limit: 100, offset: 0 });
    expect(answer.grants[0].user_id).toBe('u119');
    expect(answer.grants[99].user_id).toBe('u20');
    expect((await list('?offset=100')).grants).toHaveLength(20);
    expect(await list('?offset=9007199254740991')).toMatchObject({ grants: [], total_count: 120 });
    expect((await list('?status=all&limit=1000')).total_count).toBe(121);
  });

  it('sorts names as a person does, and puts the nameless last in both directions', async () => {
    const people = { a: 'émile', b: 'Zoe', c: 'Emma', d: 'adam', e: undefined, f: 'Ásta' };
    for (const [_id, name] of Object.entries(people)) {
      await service.store.users.create({ _id, ...(name ? { name } : {}) });
      await service.store.refreshTokens.create(tokenRow({ user_id: _id }));
    }
    const order = async (direction: string) =>
      (await list(`?sort_by=user_name&sort_order=${direction}`)).grants
        .map(({ user_id }: { user_id: string }) => user_id)
        .join('');

    expect(await order('asc')).toBe('dfacbe');
    expect(await order('desc')).toBe('bcafde');
  });

  it('keeps names apart that differ only in case, whatever it sorts by', async () => {
    for (const client_id of ['App', 'app', 'APP'])
      await service.store.refreshTokens.create(tokenRow({ client_id }));
    expect((await list('?sort_by=client_name')).total_count).toBe(3);
    expect((await list('?sort_by=client_name&client_id=app')).total_count).toBe(1);
  });

  it('takes a trailing slash, and a client id or resource that is a URL without encoding it', async () => {
    const client_id = 'https://agent.example/oauth/client.json?v=2';
    await service.store.refreshTokens.create(tokenRow({ client_id }));
    const path = `/api/v1/oauth-grants/?client_id=${client_id}&resource=${PAGE_GRANT.resource}`;
    expect((await service.ask('GET', path, { as: admin })).body.total_count).toBe(1);
  });

  it('finds values of any alphabet, and takes operators and patterns for plain text', async () => {
    const odd = ['Zoë', 'e\u0301', 'é', '.*', '$gt', 'a|b', '__proto__', 'constructor', '\u{1F511}'];
    await service.store.refreshTokens.insertMany(odd.map((user_id) => tokenRow({ user_id })));
    for (const user_id of odd) {
      const { grants } = await list(`?user_id=${encodeURIComponent(user_id)}`);
      expect(grants.map((grant: { user_id: string }) => grant.user_id)).toEqual([user_id]);
      const read = await service.ask('GET', `/api/v1/oauth-grants/${grants[0].grant_id}`, { as: admin });
      expect(read.body).toEqual(grants[0]);
    }
  });

  it('takes ids of many kilobytes in a path', async () => {
    const scope = Array.from({ length: 300 }, (_, index) => `https://scopes.example/read/${index}`);
    await service.store.refreshTokens.create(tokenRow({ scope }));
    const { grants } = await list();
    expect(grants[0].grant_id.length).toBeGreaterThan(12_000);
    expect(
      (await service.ask('GET', `/api/v1/oauth-grants/${grants[0].grant_id}`, { as: admin })).body,
    ).toEqual(grants[0]);
  });

  it.each([
    ['no created_at', { created_at: undefined }, { created_at: '2026-05-01T00:00:00.000Z' }],
    ['no date at all', { created_at: 'then', updated_at: 7 }, { created_at: '1970-01-01T00:00:00.000Z' }],
    [
      'text for dates',
      { last_used_at: '2026-05-02', expires_at: '2026-05-02', revoked_at: 'no' },
      { status: 'active' },
    ],
    ['a number for a user', { user_id: 7 }, { user_id: '' }],
    ['an ObjectId for a user', { user_id: new mongo.ObjectId() }, { user_id: '' }],
    ['numbers among its scopes', { scope: ['mcp', 7, null, 'openid'] }, { scope: ['mcp', 'openid'] }],
    ['scopes as OAuth writes them', { scope: 'openid  mcp' }, { scope: ['mcp', 'openid'] }],
    ['a number for scopes', { scope: 7 }, { scope: [] }],
    ['a number for a consent', { consent_id: 7 }, { status: 'active' }],
  ])('shows a row with %s, which hides no other and can be revoked', async (_what, odd, shown) => {
    await service.store.refreshTokens.create(tokenRow({ project_id: 'a good one' }));
    await service.store.refreshTokens.collection.insertOne({
      ...tokenRow({ project_id: 'odd' }),
      ...odd,
    } as never);
    for (const sort_by of ['granted_at', 'user_name', 'last_used_at', 'expires_at']) {
      expect((await list(`?status=all&sort_by=${sort_by}`)).total_count).toBe(2);
    }
    const { grants } = await list('?status=all&project_id=odd');
    expect(grants).toMatchObject([shown]);
    const { body } = await service.ask('DELETE', `/api/v1/oauth-grants/${grants[0].grant_id}`, { as: admin });
    expect(body.revoked_tokens).toBe(1);
    expect((await list('?status=revoked')).grants).toMatchObject([{ project_id: 'odd' }]);
  });
});
