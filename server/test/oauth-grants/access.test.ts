import type { JWTPayload } from 'jose';
import { beforeEach, describe, expect, it } from 'vitest';
import { encodeGrantId } from '../../src/grants/rows/identity.ts';
import { tokenRow } from '../rows.ts';
import { useService } from '../service.ts';

const service = useService();

/** Every combination of two accounts, two projects and two users: eight grants, all else alike. */
const grants = ['A', 'B'].flatMap((account_id) =>
  ['p', 'q'].flatMap((project_id) =>
    ['ann', 'bob'].map((user_id) => {
      const row = tokenRow({ account_id, project_id, user_id });
      return {
        name: account_id + project_id + user_id,
        row,
        id: encodeGrantId(row),
        account_id,
        project_id,
        user_id,
      };
    }),
  ),
);
const idOf = (name: string) => grants.find((grant) => grant.name === name)?.id ?? '';
const unrevoked = async () => {
  const rows = await service.store.refreshTokens.find({ revoked_at: null }).lean();
  return rows.map((row) => row.account_id + row.project_id + row.user_id).sort();
};
const all = grants.map(({ name }) => name).sort();

beforeEach(async () => {
  await service.store.refreshTokens.insertMany(grants.map(({ row }) => row));
});

const ann = { sub: 'ann', account_id: 'A', project_id: 'p' };
const table: [who: string, claims: JWTPayload, visible: string[]][] = [
  ['an account admin', { ...ann, permissions: ['account:admin'] }, ['Apann', 'Apbob', 'Aqann', 'Aqbob']],
  ['a project admin', { ...ann, permissions: ['project:admin'] }, ['Apann', 'Apbob']],
  ['a member', { ...ann, permissions: ['account:member'] }, ['Apann', 'Aqann']],
  [
    'a member of another account',
    { ...ann, account_id: 'B', permissions: ['account:member'] },
    ['Bpann', 'Bqann'],
  ],
  [
    'a member who is also a project admin',
    { ...ann, permissions: ['account:member', 'project:admin'] },
    ['Apann', 'Apbob'],
  ],
  [
    'one with every permission',
    { ...ann, permissions: ['account:member', 'project:admin', 'account:admin'] },
    ['Apann', 'Apbob', 'Aqann', 'Aqbob'],
  ],
  [
    'a project admin without a project, who is a member',
    { sub: 'ann', account_id: 'A', permissions: ['project:admin', 'account:member'] },
    ['Apann', 'Aqann'],
  ],
];

describe.each(table)('%s', (_who, as, visible) => {
  const hidden = all.filter((name) => !visible.includes(name));

  it('lists exactly the visible grants', async () => {
    const { body } = await service.ask('GET', '/api/v1/oauth-grants', { as });
    const listed = body.grants.map(({ grant_id }: { grant_id: string }) => grant_id);
    expect(listed.sort()).toEqual(visible.map(idOf).sort());
    expect(body.total_count).toBe(visible.length);
  });

  it('reads the visible grants, and gets one and the same 404 for hidden and unknown ones', async () => {
    for (const name of visible) {
      const { status, body } = await service.ask('GET', `/api/v1/oauth-grants/${idOf(name)}`, { as });
      expect([status, body.grant_id]).toEqual([200, idOf(name)]);
    }
    const unknown = encodeGrantId(tokenRow({ ...ann, user_id: 'nobody' }));
    const answers = [];
    for (const id of [unknown, ...hidden.map(idOf)]) {
      const headers = { 'X-Request-Id': 'same' };
      answers.push(await service.ask('GET', `/api/v1/oauth-grants/${id}`, { as, headers }));
    }
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([404]));
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  });

  it('revokes a visible grant and none besides', async () => {
    const [mine = ''] = visible;
    const { status, body } = await service.ask('DELETE', `/api/v1/oauth-grants/${idOf(mine)}`, { as });
    expect([status, body]).toEqual([200, { revoked_tokens: 1, revoked_consents: 0 }]);
    expect(await unrevoked()).toEqual(all.filter((name) => name !== mine));
  });

  it('cannot revoke a hidden grant', async () => {
    for (const name of hidden) {
      const { status } = await service.ask('DELETE', `/api/v1/oauth-grants/${idOf(name)}`, { as });
      expect(status).toBe(404);
    }
    expect(await unrevoked()).toEqual(all);
  });

  it('revokes in bulk by filter inside what is visible', async () => {
    const body = { client_id: 'vts_abc123' };
    const answer = await service.ask('POST', '/api/v1/oauth-grants/revoke', { as, body });
    expect(answer.body).toEqual({ revoked_tokens: visible.length, revoked_consents: 0 });
    expect(await unrevoked()).toEqual(hidden);
  });

  it('revokes in bulk by ids when all are visible, and nothing when one is not', async () => {
    const [foreign = ''] = hidden;
    const mixed = { grant_ids: [...visible, foreign].map(idOf) };
    const refused = await service.ask('POST', '/api/v1/oauth-grants/revoke', { as, body: mixed });
    expect(refused.status).toBe(404);
    expect(refused.body.errors).toMatchObject([{ in: 'body', field: `/grant_ids/${visible.length}` }]);
    expect(await unrevoked()).toEqual(all);

    const own = { grant_ids: visible.map(idOf) };
    const { body } = await service.ask('POST', '/api/v1/oauth-grants/revoke', { as, body: own });
    expect(body.revoked_tokens).toBe(visible.length);
    expect(await unrevoked()).toEqual(hidden);
  });
});

const outside: [who: string, permission: string, filter: Record<string, string>, status: number][] = [
  ['an account admin asking for another account', 'account:admin', { account_id: 'B' }, 403],
  ['an account admin asking for another project', 'account:admin', { project_id: 'q' }, 200],
  ['an account admin asking for another user', 'account:admin', { user_id: 'bob' }, 200],
  ['a project admin asking for another account', 'project:admin', { account_id: 'B' }, 403],
  ['a project admin asking for another project', 'project:admin', { project_id: 'q' }, 403],
  ['a project admin asking for another user', 'project:admin', { user_id: 'bob' }, 200],
  ['a member asking for another account', 'account:member', { account_id: 'B' }, 403],
  ['a member asking for another project', 'account:member', { project_id: 'q' }, 200],
  ['a member asking for another user', 'account:member', { user_id: 'bob' }, 403],
  [
    'a member asking for themselves',
    'account:member',
    { account_id: 'A', project_id: 'p', user_id: 'ann' },
    200,
  ],
];

describe('a filter', () => {
  it.each(outside)(
    'of %s gets what is visible or a 403, never an empty list',
    async (_who, permission, filter, status) => {
      const as = { ...ann, permissions: [permission] };
      const listed = await service.ask('GET', `/api/v1/oauth-grants?${new URLSearchParams(filter)}`, { as });
      expect(listed.status).toBe(status);
      if (status === 200) expect(listed.body.total_count).toBeGreaterThan(0);
      else expect(listed.body.errors).toMatchObject([{ in: 'query', field: Object.keys(filter)[0] }]);

      const revoked = await service.ask('POST', '/api/v1/oauth-grants/revoke', { as, body: filter });
      expect(revoked.status).toBe(status);
      if (status === 403) expect(await unrevoked()).toEqual(all);
    },
  );
});

const powerless: [who: string, claims: JWTPayload][] = [
  ['no permissions', ann],
  ['an empty list of permissions', { ...ann, permissions: [] }],
  ['an unknown permission', { ...ann, permissions: ['account:owner'] }],
  ['a permission but no account', { sub: 'ann', permissions: ['account:admin'] }],
  ['project:admin but no project', { sub: 'ann', account_id: 'A', permissions: ['project:admin'] }],
];

describe('a token', () => {
  it.each(powerless)('with %s gets a 403 from every operation and changes nothing', async (_what, as) => {
    const answers = [
      await service.ask('GET', '/api/v1/oauth-grants', { as }),
      await service.ask('GET', `/api/v1/oauth-grants/${idOf('Apann')}`, { as }),
      await service.ask('DELETE', `/api/v1/oauth-grants/${idOf('Apann')}`, { as }),
      await service.ask('POST', '/api/v1/oauth-grants/revoke', { as, body: { user_id: 'ann' } }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403]);
    expect(await unrevoked()).toEqual(all);
  });
});
