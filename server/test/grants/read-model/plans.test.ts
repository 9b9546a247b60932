import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandsOf, explain, show, statementsOf } from '../../commands.ts';
import { some } from '../../effort.ts';
import { PAGE_GRANT, tokenRow } from '../../rows.ts';
import { Service } from '../../service.ts';
import { SORT_FIELDS } from '../reference.ts';

const service = new Service();
const { account_id } = PAGE_GRANT;
const admin = { sub: 'admin', account_id, permissions: ['account:admin'] };
const LIMIT = 10;
const GRANTS = 1_500;

beforeAll(async () => {
  await service.start();
  const day = (days: number) => new Date(service.now.getTime() + days * 86_400_000);
  // Three statuses in turn; some never used, some without an expiry, many used at the same time.
  const rows = Array.from({ length: GRANTS }, (_, index) =>
    tokenRow({
      _id: `t${index}`,
      user_id: `user-${index % 100}`,
      client_id: `client-${index % 7}`,
      project_id: `project-${index % 3}`,
      resource: `https://${index % 5}.example/`,
      scope: [`scope-${index}`],
      created_at: day(-(index % 50)),
      last_used_at: index % 4 === 0 ? null : day(-(index % 9)),
      expires_at: index % 3 === 1 ? day(-1) : index % 2 === 0 ? null : day(index % 20),
      revoked_at: index % 3 === 2 ? day(-1) : null,
    }),
  );
  await service.store.refreshTokens.insertMany(rows);
  await service.store.users.insertMany(
    Array.from({ length: 60 }, (_, index) => ({ _id: `user-${index}`, name: `User ${index % 20}` })),
  );
  await service.ask('GET', '/api/v1/oauth-grants', { as: admin });
});
afterAll(() => service.stop());

/** Few grants are unused since. */
const UNUSED_SINCE = new Date(service.now.getTime() - 45 * 86_400_000).toISOString();

const statuses = ['active', 'expired', 'revoked', 'all'];
const combinations = SORT_FIELDS.flatMap((sort_by) =>
  statuses.flatMap((status) => ['asc', 'desc'].map((sort_order) => ({ sort_by, status, sort_order }))),
);

/** The statements that a list is read and counted with. */
async function statementsOfList(query: Record<string, string>) {
  const search = new URLSearchParams({ limit: `${LIMIT}`, ...query });
  const commands = await commandsOf(service, () =>
    service.ask('GET', `/api/v1/oauth-grants?${search}`, { as: admin }),
  );
  return commands
    .filter(({ find, aggregate }) => find === 'grants' || aggregate === 'grants')
    .flatMap(statementsOf);
}

describe.each(some(combinations, 12))('by $sort_by, $sort_order, $status', (query) => {
  it('a list of the whole account reads what it shows, in the order of an index', async () => {
    const farDown = new URLSearchParams({ ...query, limit: `${LIMIT}`, offset: '300', cursor: 'first' });
    const { body } = await service.ask('GET', `/api/v1/oauth-grants?${farDown}`, { as: admin });
    const places = [
      { offset: '0' },
      { offset: '15' },
      { offset: '15', cursor: 'first' },
      { cursor: body.next_cursor },
    ];
    for (const place of places) {
      const statements = await statementsOfList({ ...query, ...place });
      expect(statements.some(({ find }) => find === 'grants')).toBe(true);
      for (const statement of statements) {
        const { scans, sorts, examined } = await explain(service, statement);
        expect({ scans, sorts }, show(statement)).toEqual({ scans: false, sorts: false });
        // Of two stretches of three statuses each, a page and one more on either side, and what the offset skips.
        if (statement.find === 'grants') expect(examined, show(statement)).toBeLessThanOrEqual(80);
      }
    }
  });

  it.each([
    { user_id: 'user-7' },
    { client_id: 'client-1' },
    { project_id: 'project-2' },
    { resource: 'https://3.example/' },
    { project_id: 'project-2', client_id: 'client-1' },
    { unused_since: UNUSED_SINCE },
    { unused_since: UNUSED_SINCE, client_id: 'client-1' },
  ])('a list of %o reads no collection whole', async (filter) => {
    for (const statement of await statementsOfList({ ...query, ...filter })) {
      const { scans, examined } = await explain(service, statement);
      expect(scans, show(statement)).toBe(false);
      expect(examined, show(statement)).toBeLessThan(GRANTS);
    }
  });
});

it('would notice a scan and a sort', async () => {
  const statement = { find: 'grants', filter: {}, sort: { token_count: 1 } };
  expect(await explain(service, statement)).toMatchObject({ scans: true, sorts: true });
});
