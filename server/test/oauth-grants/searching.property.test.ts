import fc from 'fast-check';
import { expect, it } from 'vitest';
import { times } from '../effort.ts';
import { grantsOf, type ReferenceGrant, type Store } from '../grants/reference.ts';
import { tokenRow } from '../rows.ts';
import { useService } from '../service.ts';

const service = useService({ batchSize: 2 });

const USERS = ['u1', 'u2', 'u3', 'an', 'zoe'];
const CLIENTS = ['c1', 'c2', 'https://an.example/c.json'];
const WORDS = [
  'An',
  'ann',
  'Anna',
  'Zoë',
  'zoe',
  'ÅNGSTRÖM',
  'b',
  'Σας',
  '李明',
  'l8',
  'Søren',
  'SOREN',
  'Groß',
];
const SEPARATORS = [' ', '-', '.', "'", '  ', '@'];

const name = fc
  .array(fc.tuple(fc.constantFrom(...WORDS), fc.constantFrom(...SEPARATORS)), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.flat().join(''));
const row = fc.record({
  account_id: fc.constantFrom('A', 'B'),
  project_id: fc.constantFrom('P', 'Q'),
  user_id: fc.constantFrom(...USERS),
  client_id: fc.constantFrom(...CLIENTS),
});
const store: fc.Arbitrary<Store> = fc
  .record({
    rows: fc.array(row, { maxLength: 12 }),
    users: fc.uniqueArray(
      fc.record({
        _id: fc.constantFrom(...USERS),
        name: fc.option(name),
        email: fc.option(name),
      }),
      { selector: ({ _id }) => _id },
    ),
    clients: fc.uniqueArray(
      fc.record({ _id: fc.constantFrom(...CLIENTS), name, is_first_party: fc.constant(false) }),
      { selector: ({ _id }) => _id },
    ),
  })
  .map(({ rows, users, clients }) => ({
    refreshTokens: rows.map((values) => tokenRow(values)),
    consents: [],
    clients,
    users,
  }));

const beginning = fc
  .tuple(fc.constantFrom(...WORDS), fc.nat(8))
  .map(([word, length]) => word.slice(0, length + 1));
const query = fc.oneof(
  { weight: 6, arbitrary: fc.array(beginning, { minLength: 1, maxLength: 3 }).map((all) => all.join(' ')) },
  { weight: 1, arbitrary: fc.constantFrom(...USERS, ...CLIENTS, 'json', '.', 'a.b') },
);
const caller = fc.record({
  sub: fc.constantFrom(...USERS),
  account_id: fc.constantFrom('A', 'B'),
  project_id: fc.constantFrom('P', 'Q'),
  permissions: fc.subarray(['account:member', 'project:admin', 'account:admin'], { minLength: 1 }),
});
type Caller = typeof caller extends fc.Arbitrary<infer One> ? One : never;

function isVisible(grant: ReferenceGrant, { sub, account_id, project_id, permissions }: Caller): boolean {
  if (grant.account_id !== account_id) return false;
  if (permissions.includes('account:admin')) return true;
  if (permissions.includes('project:admin')) return grant.project_id === project_id;
  return grant.user_id === sub;
}

const fold = (text: string) =>
  text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/ς/g, 'σ')
    .replace(/ø/g, 'o')
    .replace(/ß/g, 'ss');
const wordsOf = (text: string) =>
  fold(text)
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');

function isFound(typed: string, id: string, texts: (string | undefined)[]): boolean {
  const words = texts.flatMap((text) => wordsOf(text ?? ''));
  const beginnings = wordsOf(typed);
  const fits = (one: string) => words.some((word) => word.startsWith(one));
  return id === typed || (beginnings.length > 0 && beginnings.every(fits));
}

it('a search finds exactly those of the visible grants whose names or id match, as the rows say', async () => {
  const asked = fc.array(fc.tuple(query, caller), { minLength: 6, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(store, asked, async (rows, searches) => {
      await service.empty();
      await service.store.users.insertMany(rows.users);
      await service.store.clients.insertMany(rows.clients);
      await service.store.refreshTokens.insertMany(rows.refreshTokens);
      const grants = grantsOf(rows, service.now);
      for (const [typed, who] of searches) {
        const { status, body } = await service.ask('POST', '/api/v1/oauth-grants/search', {
          as: who,
          body: { query: typed, limit: 50 },
        });
        expect(status).toBe(200);
        const visible = grants.filter((grant) => isVisible(grant, who));
        const users = visible.filter(({ user_id, user_name, user_email }) =>
          isFound(typed, user_id, [user_name, user_email]),
        );
        const clients = visible.filter(({ client_id, client_name }) =>
          isFound(typed, client_id, [client_name]),
        );
        expect(body.users.map(({ user_id }: { user_id: string }) => user_id).sort()).toEqual(
          [...new Set(users.map(({ user_id }) => user_id))].sort(),
        );
        expect(body.clients.map(({ client_id }: { client_id: string }) => client_id).sort()).toEqual(
          [...new Set(clients.map(({ client_id }) => client_id))].sort(),
        );
      }
    }),
    { numRuns: times(8, 100) },
  );
}, 600_000);
