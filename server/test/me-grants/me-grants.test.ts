import { describe, expect, it, vi } from 'vitest';
import { commandsOf } from '../commands.ts';
import { times } from '../effort.ts';
import { consentRow, PAGE_GRANT, tokenRow } from '../rows.ts';
import { Service, useService } from '../service.ts';

const service = useService();
/** How many tokens each of a person's thousands of consents has. */
const TOKENS = times(4, 20);
const GRANTS = '/v1/me/grants';
const ann = { sub: 'ann' };
const mine = { user_id: 'ann' };
const at = (date: string) => new Date(`${date}T00:00:00.000Z`);

describe('me grants', () => {
  it('have every field of the page, with null where there is nothing', async () => {
    await service.store.clients.insertMany([
      {
        _id: 'app',
        name: 'App',
        client_uri: 'https://app.example',
        logo_uri: 'https://app.example/logo.svg',
        is_first_party: true,
      },
      { _id: 'plain', name: 'Plain', client_uri: null, is_first_party: false },
    ]);
    const dates = { updated_at: at('2026-05-05') };
    await service.store.consents.insertMany([
      consentRow({
        ...mine,
        ...dates,
        _id: 'a',
        client_id: 'app',
        granted_at: at('2026-03-01'),
        scope: ['openid', 'email'],
      }),
      consentRow({
        ...mine,
        ...dates,
        _id: 'b',
        client_id: 'plain',
        granted_at: at('2026-02-01'),
        scope: [],
      }),
      consentRow({
        ...mine,
        ...dates,
        _id: 'c',
        client_id: 'https://agent.example/c.json',
        granted_at: at('2026-01-01'),
      }),
    ]);
    await service.store.refreshTokens.insertMany([
      tokenRow({ ...mine, consent_id: 'a', last_used_at: at('2026-05-10'), revoked_at: at('2026-05-10') }),
      tokenRow({ ...mine, consent_id: 'a', last_used_at: at('2026-05-09') }),
      tokenRow({ ...mine, consent_id: 'a', last_used_at: null }),
      tokenRow({ ...mine, consent_id: 'b', last_used_at: null }),
    ]);
    const { status, body } = await service.ask('GET', GRANTS, { as: ann });
    expect(status).toBe(200);
    const updated_at = '2026-05-05T00:00:00.000Z';
    const unknown = {
      client_uri: null,
      logo_uri: null,
      is_first_party: false,
      last_used_at: null,
      updated_at,
    };
    expect(body).toStrictEqual({
      data: [
        {
          id: 'a',
          client_id: 'app',
          client_name: 'App',
          client_uri: 'https://app.example',
          logo_uri: 'https://app.example/logo.svg',
          is_first_party: true,
          scopes_granted: ['openid', 'email'],
          granted_at: '2026-03-01T00:00:00.000Z',
          updated_at,
          last_used_at: '2026-05-10T00:00:00.000Z',
        },
        {
          ...unknown,
          id: 'b',
          client_id: 'plain',
          client_name: 'Plain',
          scopes_granted: [],
          granted_at: '2026-02-01T00:00:00.000Z',
        },
        {
          ...unknown,
          id: 'c',
          client_id: 'https://agent.example/c.json',
          client_name: 'https://agent.example/c.json',
          scopes_granted: PAGE_GRANT.scope,
          granted_at: '2026-01-01T00:00:00.000Z',
        },
      ],
    });
  });

  it("are the person's unrevoked consents in every account, expired ones too, in a stable order", async () => {
    await service.store.consents.insertMany([
      consentRow({ ...mine, _id: 'b', expires_at: at('2026-05-02') }),
      consentRow({ ...mine, _id: 'a', account_id: 'another' }),
      consentRow({ ...mine, _id: 'revoked', revoked_at: at('2026-05-02') }),
      consentRow({ _id: 'bobs', user_id: 'bob' }),
    ]);
    // Tokens of another person that name the consent say nothing of it.
    await service.store.refreshTokens.create(
      tokenRow({ user_id: 'bob', consent_id: 'a', last_used_at: at('2026-05-30') }),
    );
    const { body } = await service.ask('GET', `${GRANTS}/`, { as: ann });
    expect(
      body.data.map(({ id, last_used_at }: { id: string; last_used_at: string }) => [id, last_used_at]),
    ).toEqual([
      ['a', null],
      ['b', null],
    ]);
    expect((await service.ask('GET', GRANTS, { as: { sub: 'nobody' } })).body).toEqual({ data: [] });
  });

  it('of a person with 5,000 consents and many tokens of each are read in four commands', {
    timeout: 60_000,
  }, async () => {
    for (let part = 0; part < 10; part += 1) {
      const consents = Array.from({ length: 500 }, (_, index) =>
        consentRow({ ...mine, _id: `${part}-${index}`, client_id: `app-${index % 40}` }),
      );
      const tokens = consents.flatMap(({ _id }) =>
        Array.from({ length: TOKENS }, (_, index) =>
          tokenRow({ ...mine, consent_id: _id, last_used_at: new Date(1e12 + index) }),
        ),
      );
      await service.store.consents.collection.insertMany(consents as never[]);
      await service.store.refreshTokens.collection.insertMany(tokens as never[]);
    }
    const client = service.store.users.db.getClient();
    const commands: string[] = [];
    const listen = ({ commandName }: { commandName: string }) => commands.push(commandName);
    client.on('commandStarted', listen);
    const { body } = await service.ask('GET', GRANTS, { as: ann });
    client.off('commandStarted', listen);
    expect(body.data).toHaveLength(5000);
    expect(
      body.data.every(
        ({ last_used_at }: { last_used_at: string }) =>
          last_used_at === new Date(1e12 + TOKENS - 1).toISOString(),
      ),
    ).toBe(true);
    // One finds that there are many; then all consents, all their tokens, all their clients.
    expect(commands).toEqual(['aggregate', 'aggregate', 'aggregate', 'find']);
  });

  it.each([
    [100, ['aggregate']],
    [101, ['aggregate', 'aggregate', 'aggregate', 'find']],
  ])('are the same however many are read at once: %i', async (count, expected) => {
    const day = 24 * 60 * 60 * 1_000;
    const when = (index: number, days: number) =>
      new Date(at('2026-01-01').getTime() + index * 1_000 - days * day);
    const numbers = Array.from({ length: count }, (_, index) => index);
    const idOf = (index: number) => (index % 3 === 0 ? { number: index } : `consent-${index}`);
    await service.store.clients.insertMany(
      numbers
        .filter((index) => index % 5 > 0)
        .map((index) => ({ _id: `app-${index}`, name: `App ${index}`, is_first_party: index % 2 === 0 })),
    );
    await service.store.consents.collection.insertMany(
      numbers.map((index) => ({
        ...consentRow({ ...mine, client_id: `app-${index}`, granted_at: when(index, 0) }),
        _id: idOf(index),
      })) as never[],
    );
    await service.store.refreshTokens.collection.insertMany(
      numbers
        .flatMap((index) => (index % 7 > 0 ? [index, index] : []))
        .map((index, turn) => ({
          ...tokenRow({ ...mine, last_used_at: when(index, turn % 2) }),
          consent_id: idOf(index),
        })) as never[],
    );
    const commands = await commandsOf(service, async () => {
      const { body } = await service.ask('GET', GRANTS, { as: ann });
      expect(body.data).toMatchObject(
        numbers.toReversed().map((index) => ({
          id: expect.stringMatching(index % 3 === 0 ? /^~/ : /^consent-/),
          client_id: `app-${index}`,
          client_name: index % 5 > 0 ? `App ${index}` : `app-${index}`,
          is_first_party: index % 5 > 0 && index % 2 === 0,
          granted_at: when(index, 0).toISOString(),
          last_used_at: index % 7 > 0 ? when(index, 0).toISOString() : null,
        })),
      );
    });
    expect(commands.map((command) => Object.keys(command)[0])).toEqual(expected);
  });
});

describe('rows that are not as the store says', () => {
  const farAway = new Date('+010317-01-01T00:00:00.000Z');
  it.each([
    ['a date too far to be written', { granted_at: farAway }, { granted_at: '2026-05-01T00:00:00.000Z' }],
    ['text for dates', { granted_at: 'then', updated_at: 'now' }, { granted_at: '1970-01-01T00:00:00.000Z' }],
    [
      'fields of other programs',
      { tokens: [1], client: 'x', consent: 7, is_consent: false },
      { last_used_at: null },
    ],
    ['scopes as OAuth writes them', { scope: 'openid email' }, { scopes_granted: ['openid', 'email'] }],
    ['a number for a client', { client_id: 7 }, { client_id: '', client_name: '' }],
    [
      'a client that has an empty name',
      { client_id: 'nameless' },
      { client_name: 'nameless', client_uri: null, is_first_party: false },
    ],
  ])('with %s hide no other, and can be taken back', async (_what, odd, shown) => {
    await service.store.clients.collection.insertOne({
      _id: 'nameless',
      name: '',
      client_uri: 7,
      is_first_party: 1,
    } as never);
    await service.store.consents.create(consentRow({ ...mine, _id: 'good' }));
    await service.store.consents.collection.insertOne({
      ...consentRow({ ...mine, _id: 'odd' }),
      ...odd,
    } as never);
    const { status, body } = await service.ask('GET', GRANTS, { as: ann });
    expect([status, body.data.length]).toEqual([200, 2]);
    expect(body.data.find(({ id }: { id: string }) => id === 'odd')).toMatchObject(shown);
    expect((await service.ask('DELETE', `${GRANTS}/odd`, { as: ann })).status).toBe(204);
    expect((await service.ask('GET', GRANTS, { as: ann })).body.data).toMatchObject([{ id: 'good' }]);
  });
});

describe("failures, in the page's shape", () => {
  it.each([
    ['no token', 401, 'unauthorized', GRANTS, {}],
    ['a bad token', 401, 'unauthorized', GRANTS, { headers: { Authorization: 'Bearer x' } }],
    ['an unknown parameter', 400, 'invalid_request', `${GRANTS}?limit=1`, { as: ann }],
    ['an unknown path', 404, 'not_found', '/v1/me/nothing', { as: ann }],
  ])('%s', async (_what, status, error, path, asking) => {
    const answer = await service.ask('GET', path, asking);
    expect([answer.status, answer.body]).toEqual([status, { error, message: expect.any(String) }]);
    expect(answer.headers.has('www-authenticate')).toBe(status === 401);
  });

  it('a failure of the service', async () => {
    vi.spyOn(service.model.store.consents, 'aggregate').mockImplementationOnce(() => {
      throw new Error('a secret of the database');
    });
    const { status, body } = await service.ask('GET', GRANTS, { as: ann });
    expect([status, body.error]).toEqual([500, 'internal_error']);
  });

  it('a database that is away', async () => {
    const cut = new Service();
    await cut.start();
    await cut.database.close();
    const { status, headers, body } = await cut.ask('GET', GRANTS, { as: ann });
    expect([status, body.error, headers.get('retry-after')]).toEqual([503, 'unavailable', '5']);
    await cut.stop();
  });
});

describe('revoking one of them', () => {
  it('is a 204, again and again, and OAuth Grants shows it at once', async () => {
    await service.store.consents.create(consentRow({ ...mine, _id: 'a/b?c' }));
    await service.store.refreshTokens.create(tokenRow({ ...mine, consent_id: 'a/b?c' }));
    const path = `${GRANTS}/${encodeURIComponent('a/b?c')}`;
    expect((await service.ask('DELETE', path, { as: ann })).status).toBe(204);
    expect((await service.ask('DELETE', path, { as: ann })).status).toBe(204);
    expect((await service.ask('GET', GRANTS, { as: ann })).body).toEqual({ data: [] });
    const member = { ...ann, account_id: PAGE_GRANT.account_id, permissions: ['account:member'] };
    const grants = await service.ask('GET', '/api/v1/oauth-grants?status=all', { as: member });
    expect(grants.body.grants).toMatchObject([{ status: 'revoked' }]);
  });

  it("is one and the same 404 for an unknown grant and another person's, and touches neither", async () => {
    await service.store.consents.create(consentRow({ _id: 'bobs', user_id: 'bob' }));
    const [unknown, foreign] = [
      await service.ask('DELETE', `${GRANTS}/unknown`, { as: ann }),
      await service.ask('DELETE', `${GRANTS}/bobs`, { as: ann }),
    ];
    expect(unknown.status).toBe(404);
    expect([foreign.status, foreign.body]).toEqual([404, unknown.body]);
    expect(await service.store.consents.countDocuments({ revoked_at: null })).toBe(1);
  });

  it("leaves another person's token that names my consent", async () => {
    await service.store.consents.create(consentRow({ ...mine, _id: 'c' }));
    await service.store.refreshTokens.create(tokenRow({ user_id: 'bob', consent_id: 'c' }));
    expect((await service.ask('DELETE', `${GRANTS}/c`, { as: ann })).status).toBe(204);
    expect(await service.store.refreshTokens.countDocuments({ revoked_at: null })).toBe(1);
  });

  it('takes the tokens of all its resources along', async () => {
    const resource = ['https://one.example/', 'https://two.example/'];
    await service.store.consents.create(consentRow({ ...mine, _id: 'both', resource }));
    for (const one of resource) {
      await service.store.refreshTokens.create(tokenRow({ ...mine, consent_id: 'both', resource: one }));
    }
    expect((await service.ask('GET', GRANTS, { as: ann })).body.data).toMatchObject([{ id: 'both' }]);
    const admin = { sub: 'admin', account_id: PAGE_GRANT.account_id, permissions: ['account:admin'] };
    const grants = async () =>
      (
        await service.ask('GET', '/api/v1/oauth-grants?status=all&sort_by=resource&sort_order=asc', {
          as: admin,
        })
      ).body.grants;
    const granted_at = consentRow().granted_at.toISOString();
    expect(await grants()).toMatchObject(
      resource.map((one) => ({ resource: one, granted_at, status: 'active' })),
    );
    expect((await service.ask('DELETE', `${GRANTS}/both`, { as: ann })).status).toBe(204);
    expect(await grants()).toMatchObject(resource.map((one) => ({ resource: one, status: 'revoked' })));
  });

  it('takes a token along that is issued while it runs', async () => {
    await service.store.consents.create(consentRow({ ...mine, _id: 'c' }));
    const { consents, refreshTokens } = service.store;
    const update = consents.updateOne.bind(consents);
    const meanwhile = async (...given: Parameters<typeof update>) => {
      await refreshTokens.create(tokenRow({ ...mine, consent_id: 'c' }));
      return update(...given);
    };
    vi.spyOn(consents, 'updateOne').mockImplementationOnce(meanwhile as never);
    expect((await service.ask('DELETE', `${GRANTS}/c`, { as: ann })).status).toBe(204);
    expect(await refreshTokens.countDocuments({ revoked_at: null })).toBe(0);
  });

  it('cut off in the middle has revoked the tokens, and still lists the consent', async () => {
    await service.store.consents.create(consentRow({ ...mine, _id: 'c' }));
    await service.store.refreshTokens.create(tokenRow({ ...mine, consent_id: 'c' }));
    vi.spyOn(service.model.store.consents, 'updateOne').mockImplementationOnce(() => {
      throw new Error('cut off');
    });
    expect((await service.ask('DELETE', `${GRANTS}/c`, { as: ann })).status).toBe(500);
    expect(await service.store.refreshTokens.countDocuments({ revoked_at: null })).toBe(0);
    expect((await service.ask('GET', GRANTS, { as: ann })).body.data).toHaveLength(1);
  });

  it('needs a token', async () => {
    expect((await service.ask('DELETE', `${GRANTS}/a`)).status).toBe(401);
  });
});
